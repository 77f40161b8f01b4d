package dev.outrigger.h2;

import java.time.Duration;

/// How a connection behaves.
///
/// @param streamWindow bytes that a peer may send on a stream before somebody asks for a message, 65,535 at least
/// @param largestMessage bytes; a call on which a larger one begins is ended
/// @param pingEvery a client's silence before it pings, while it has calls; zero: never
/// @param pingTimeout for an answer, after which the connection is given up
public record H2Options(int streamWindow, int largestMessage, Duration pingEvery, Duration pingTimeout) {
    /// As large as memory permits.
    public static final int ANY_SIZE = Integer.MAX_VALUE;

    /// For a server: never pings.
    public static H2Options server(int streamWindow, int largestMessage) {
        return new H2Options(streamWindow, largestMessage, Duration.ZERO, Duration.ZERO);
    }
}
