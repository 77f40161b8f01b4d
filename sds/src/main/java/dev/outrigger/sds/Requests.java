package dev.outrigger.sds;

/// Hears one client of a call. Owned by the service's loop.
interface Requests<Q> {
    void received(Q request);

    /// The client takes more again.
    void ready();

    /// It will send no more.
    void halfClosed();

    /// It is not there any more; nothing comes after it.
    void gone();
}
