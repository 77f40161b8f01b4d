package dev.outrigger.h2;

import java.time.Duration;

/// How a connection behaves.
///
/// @param streamWindow bytes that a peer may send on a stream before somebody asks for a message, 65,535 at least
/// @param pingEvery a client's silence before it pings, while it has calls; zero: never
/// @param pingTimeout for an answer, after which the connection is given up
public record H2Options(int streamWindow, Duration pingEvery, Duration pingTimeout) {
    /// For a server: never pings.
    public static H2Options server(int streamWindow) {
        return new H2Options(streamWindow, Duration.ZERO, Duration.ZERO);
    }
}
