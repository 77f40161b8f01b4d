package dev.outrigger.agent.probe;

/// What a probe found.
///
/// @param isWell whether the application is
/// @param status HTTP status to answer with
/// @param body what the application said, at most 10 KiB, or why it is not well
public record ProbeResult(boolean isWell, int status, String body) {
    static final int BODY_BYTES = 10 << 10;

    static ProbeResult well(String body) {
        return new ProbeResult(true, 200, body);
    }

    static ProbeResult failed(String why) {
        return new ProbeResult(false, 500, why + "\n");
    }
}
