package dev.outrigger.agent.envoy;

import java.util.Locale;
import java.util.OptionalLong;

/// How an Envoy ended.
///
/// @param status its exit status; 128 + signal number when a signal ended it
/// @param reason what kind of end that is
/// @param isOomKnown whether the kernel tells of kills for want of memory here
public record EnvoyExit(int status, Reason reason, boolean isOomKnown) {
    private static final int SIGNALS = 128;
    private static final int LAST_SIGNAL = 64;
    private static final int SIGKILL = SIGNALS + 9;

    /// Kinds of ends.
    public enum Reason {
        /// It ended by itself.
        EXIT,
        /// A signal ended it: it crashed, or somebody killed it.
        SIGNAL,
        /// The kernel killed it, as its control group had no memory left.
        OOM;

        /// The value of the label `reason`.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param killsBefore of the control group for want of memory, seen last while it ran
    /// @param killsAfter the same once it has ended; the kernel counts before it kills
    static EnvoyExit of(int status, OptionalLong killsBefore, OptionalLong killsAfter) {
        var isKnown = killsBefore.isPresent() && killsAfter.isPresent();
        if (status == SIGKILL && isKnown && killsAfter.getAsLong() > killsBefore.getAsLong()) {
            return new EnvoyExit(status, Reason.OOM, true);
        }
        var isSignal = status > SIGNALS && status <= SIGNALS + LAST_SIGNAL;
        return new EnvoyExit(status, isSignal ? Reason.SIGNAL : Reason.EXIT, isKnown);
    }

    /// The number of the signal that ended it; empty when none did.
    public OptionalLong signal() {
        return reason == Reason.EXIT ? OptionalLong.empty() : OptionalLong.of(status - SIGNALS);
    }

    /// `137 (SIGKILL; the kernel, as memory ran out)`: for the log.
    public String describe() {
        return status + explain();
    }

    private String explain() {
        if (reason == Reason.OOM) {
            return " (SIGKILL; out of memory: the kernel killed it at the limit of its control group)";
        }
        return switch (status) {
            case SIGNALS + 6 -> " (SIGABRT)";
            case SIGNALS + 7 -> " (SIGBUS)";
            case SIGNALS + 11 -> " (SIGSEGV)";
            case SIGNALS + 15 -> " (SIGTERM)";
            case SIGKILL ->
                isOomKnown
                        ? " (SIGKILL; killed by somebody, not for want of memory)"
                        : " (SIGKILL; out of memory, or killed by somebody)";
            default -> reason == Reason.EXIT ? "" : " (signal " + (status - SIGNALS) + ")";
        };
    }
}
