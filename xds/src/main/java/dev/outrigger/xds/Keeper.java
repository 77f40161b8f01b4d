package dev.outrigger.xds;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

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
    /// @param full what the push leaves out of `only` (or at all, with `all`) is gone
    /// @param all everything of the type is subscribed to
    /// @param only what else is kept of the type is not subscribed to or held; null when that was told before,
    ///     and nothing but `dropped` has changed since. Never changed.
    /// @param dropped names given back since the last push that was accepted
    record Scope(boolean full, boolean all, @Nullable Collection<String> only, Collection<String> dropped) {}
}
