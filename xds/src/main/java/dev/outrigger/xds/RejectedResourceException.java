package dev.outrigger.xds;

/// A {@link ResourceHandler} refuses a push; its message goes to the control plane as the reason of the NACK.
public final class RejectedResourceException extends Exception {
    /// A refusal.
    ///
    /// @param message what is wrong with which resource
    public RejectedResourceException(String message) {
        super(message);
    }
}
