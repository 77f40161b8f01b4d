package dev.outrigger.h2;

/// Hears what happens on one call, on the connection's loop.
public interface CallListener {
    /// A message that was asked for by {@link Call#request}. The listener owns it and must release or send it.
    void onMessage(RawMessage message);

    /// {@link Call#isReady} has become true.
    void onReady();

    /// The peer of a server's call will send no more.
    void onHalfClose();

    /// It is over, and not by this side's doing. Nothing comes after it.
    ///
    /// @param status of the server; for a server's own call, why the client or the connection went away
    void onClosed(CallStatus status);
}
