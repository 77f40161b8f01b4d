package dev.outrigger.xds;

import java.time.Duration;

/// How often the control plane is pinged. A server ends connections that ping more often than it permits (five
/// minutes unless configured) and says so; each time it does, the interval doubles for good, as gRFC A8 asks of
/// clients. gRPC does that within one channel, but the relay makes a new channel for each dial. Owned by the
/// upstream's context.
final class PingPace {
    private static final String COMPLAINT = "too_many_pings";
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private Duration every;
    private int slowedFor = -1;

    /// @param every silence before a ping, to begin with
    PingPace(Duration every) {
        this.every = every;
    }

    /// Silence before a ping on the next connection.
    Duration every() {
        return every;
    }

    /// A stream was lost.
    ///
    /// @param reason as the transport gives it
    /// @param connection number of the connection it was on; all its streams are lost, and count once
    /// @return whether the interval grew
    boolean lost(String reason, int connection) {
        if (!reason.contains(COMPLAINT) || connection == slowedFor || every.compareTo(LONGEST) >= 0) {
            return false;
        }
        slowedFor = connection;
        var doubled = every.plus(every);
        every = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return true;
    }
}
