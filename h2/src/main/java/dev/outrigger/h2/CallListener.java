package dev.outrigger.h2;

import org.jspecify.annotations.Nullable;

/// Hears what happens on one call, on the connection's loop.
public interface CallListener {
    /// A message that was asked for by {@link Call#request}. The listener owns it and must release or send it.
    void onMessage(RawMessage message);

    /// A large message that was asked for has begun to come in. It may be passed on while it comes; it is given
    /// to {@link #onMessage} all the same once it is whole. Asked once a message.
    ///
    /// @param beginning what is there of it; only to be looked at, and only now
    /// @return a call of the same loop to pass it on to, which nothing else may be sent on until the message is
    ///     whole; null for none
    default @Nullable Call onBeginning(RawMessage beginning) {
        return null;
    }

    /// {@link Call#isReady} has become true.
    default void onReady() {}

    /// The peer of a server's call will send no more.
    default void onHalfClose() {}

    /// It is over, and not by this side's doing. Nothing comes after it.
    ///
    /// @param status of the server; for a server's own call, why the client or the connection went away
    void onClosed(CallStatus status);
}
