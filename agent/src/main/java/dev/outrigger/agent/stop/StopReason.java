package dev.outrigger.agent.stop;

/// Why the agent ends.
public sealed interface StopReason {
    /// The process was told to stop (SIGTERM, SIGINT, SIGHUP).
    record Signalled() implements StopReason {}

    /// Somebody on this machine asked for it over HTTP.
    record QuitRequested() implements StopReason {}

    /// Envoy ended by itself and its restart budget is spent.
    ///
    /// @param status Envoy's exit status; 128 + signal number when a signal ended it
    record EnvoyExited(int status) implements StopReason {}

    /// The application under `run -- COMMAND` is over.
    ///
    /// @param status its exit status; 128 + signal number when a signal ended it
    record ApplicationEnded(int status) implements StopReason {}

    /// The agent was told to stop before the application under `run -- COMMAND` was started.
    record ApplicationNotStarted() implements StopReason {}

    /// A component died.
    ///
    /// @param component which
    /// @param cause why
    record Failed(String component, Throwable cause) implements StopReason {}

    /// The exit status of the agent.
    default int exitStatus() {
        return switch (this) {
            case Signalled _, QuitRequested _ -> 0;
            case EnvoyExited exited -> exited.status() == 0 ? 1 : exited.status();
            case ApplicationEnded ended -> ended.status();
            case ApplicationNotStarted _ -> 128 + 15;
            case Failed _ -> 1;
        };
    }

    /// One line for the log.
    default String describe() {
        return switch (this) {
            case Signalled _ -> "signal received";
            case QuitRequested _ -> "asked to quit";
            case EnvoyExited exited ->
                "Envoy ended with status " + exited.status() + " and its restart budget is spent";
            case ApplicationEnded ended -> "the application ended with status " + ended.status();
            case ApplicationNotStarted _ -> "told to stop before the application was started";
            case Failed failed ->
                failed.component() + " failed: " + failed.cause().getMessage();
        };
    }
}
