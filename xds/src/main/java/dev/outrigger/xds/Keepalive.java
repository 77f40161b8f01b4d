package dev.outrigger.xds;

import java.time.Duration;

/// How a dead control plane is noticed.
///
/// @param time silence on the connection before an HTTP/2 ping is sent while a stream is open; 30 s by default
/// @param timeout limit for the answer to that ping, and for one dial with its TLS handshake; 10 s by default
public record Keepalive(Duration time, Duration timeout) {
    /// 30 s and 10 s.
    public static final Keepalive DEFAULT = new Keepalive(Duration.ofSeconds(30), Duration.ofSeconds(10));

    /// Refuses durations that are not positive.
    ///
    /// @throws IllegalArgumentException when either is zero or negative
    public Keepalive {
        if (!time.isPositive() || !timeout.isPositive()) {
            throw new IllegalArgumentException("xDS keepalive " + time + " / " + timeout + " must be positive");
        }
    }
}
