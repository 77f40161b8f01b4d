package dev.outrigger.xds;

import java.util.function.Predicate;

/// Hears what one client accepted. Owned by the stream's context.
interface Keeper {
    /// Keeps nothing.
    Keeper NONE = new Keeper() {
        @Override
        public boolean keeps(String typeUrl) {
            return false;
        }

        @Override
        public boolean isOwn(String nonce) {
            return false;
        }

        @Override
        public void acked(String typeUrl, Sent push, Scope scope) {}
    };

    /// Whether accepted pushes of the type are wanted.
    boolean keeps(String typeUrl);

    /// Whether the nonce is of a push that came from what is kept, and not from the control plane.
    boolean isOwn(String nonce);

    /// The client accepted a push of the control plane.
    void acked(String typeUrl, Sent push, Scope scope);

    /// How far a push speaks for what the client holds.
    ///
    /// @param full what the push leaves out of `names` (or at all, with `all`) is gone
    /// @param all everything of the type is subscribed to
    /// @param names tells whether a name is subscribed to; of a delta client with a wildcard, whether it holds
    ///     it. To be asked within {@link #acked} only
    record Scope(boolean full, boolean all, Predicate<String> names) {}
}
