package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.INFO;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How long each step of a start took, for `startup-trace`. Costs two reads a step. Owned by the main thread.
final class StartTrace {
    private static final System.Logger log = System.getLogger(StartTrace.class.getName());
    /// CPU time of the thread that reads it, in nanoseconds, first of three numbers. Source: proc(5).
    private static final Path OWN_CPU = Path.of("/proc/thread-self/schedstat");

    private final boolean wanted;
    private final InstantSource clock;
    private final Instant launched;
    private final List<Step> steps = new ArrayList<>();

    private record Step(String name, Instant end, Duration cpu) {}

    /// @param wanted false: nothing is remembered and nothing written
    /// @param launched when the launcher began
    StartTrace(boolean wanted, InstantSource clock, Instant launched) {
        this.wanted = wanted;
        this.clock = clock;
        this.launched = launched;
    }

    /// The step ends now.
    void ended(String step) {
        if (wanted) {
            steps.add(new Step(step, clock.instant(), cpu()));
        }
    }

    /// The same for what was started by a step.
    <T> T started(String step, T result) {
        ended(step);
        return result;
    }

    /// One record a step, once.
    void write() {
        var begin = launched;
        var before = Duration.ZERO;
        for (var step : steps) {
            log.log(
                    INFO,
                    "startup at_ms={0} took_ms={1} main_thread_cpu_ms={2} step={3}",
                    millis(Duration.between(launched, step.end())),
                    millis(Duration.between(begin, step.end())),
                    millis(step.cpu().minus(before)),
                    step.name());
            begin = step.end();
            before = step.cpu();
        }
        steps.clear();
    }

    private static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.1f", duration.toNanos() / 1e6);
    }

    private static Duration cpu() {
        try {
            return Duration.ofNanos(Long.parseLong(Files.readString(OWN_CPU).split(" ", 2)[0]));
        } catch (IOException | NumberFormatException _) { // a kernel without it
            return Duration.ZERO;
        }
    }
}
