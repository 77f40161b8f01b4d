package dev.outrigger.agent.envoy;

import dev.outrigger.agent.process.Bound;
import dev.outrigger.agent.process.Child;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// One running Envoy that cannot outlive this process: the kernel kills it when the thread that spawned it ends
/// (`setpriv --pdeathsig`), or, without setpriv, a shell that holds a pipe from here does when the pipe breaks.
/// So it must be spawned from a thread that lives as long as the process.
final class EnvoyProcess {
    private static final Path SHELL = Path.of("/bin/sh");

    private static final String GUARD = "read -r _; kill -KILL \"$1\" 2>/dev/null";

    private static final Duration DRAINED = Duration.ofSeconds(1);

    private final Child process;
    private final @Nullable Process guard;
    private final Thread pump;
    private final LogTail tail;

    private EnvoyProcess(Child process, @Nullable Process guard, Thread pump, LogTail tail) {
        this.process = process;
        this.guard = guard;
        this.pump = pump;
        this.tail = tail;
    }

    /// @param level of its log
    /// @param clock gives the lines of {@link #lastLines} their times
    static EnvoyProcess spawn(
            EnvoyConfig config, String level, BiConsumer<System.Logger.Level, String> sink, InstantSource clock)
            throws IOException {
        var command = new java.util.ArrayList<String>();
        config.setsid().ifPresent(s -> command.add(s.toString()));
        config.setpriv().ifPresent(s -> command.addAll(Bound.with(s)));
        command.addAll(config.command(level));
        // Access logs go to standard output untouched; the pipe is for the records on standard error.
        var process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        var tail = new LogTail();
        var pump = pump(process.getErrorStream(), tail, sink, clock);
        return new EnvoyProcess(Child.of(process), config.setpriv().isPresent() ? null : guard(process), pump, tail);
    }

    /// One that runs already, and is bound to this process.
    ///
    /// @param log what it writes to standard error
    static EnvoyProcess running(
            Child child, InputStream log, BiConsumer<System.Logger.Level, String> sink, InstantSource clock) {
        var tail = new LogTail();
        return new EnvoyProcess(child, null, pump(log, tail, sink, clock), tail);
    }

    private static Thread pump(
            InputStream log, LogTail tail, BiConsumer<System.Logger.Level, String> sink, InstantSource clock) {
        var records = new EnvoyLog(sink, line -> tail.add(clock.instant() + " " + line));
        return Thread.ofPlatform().daemon().name("envoy-log").start(() -> records.pump(log));
    }

    private static Process guard(Process envoy) throws IOException {
        try {
            return new ProcessBuilder(SHELL.toString(), "-c", GUARD, "outrigger-guard", Long.toString(envoy.pid()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            envoy.destroyForcibly();
            throw new IOException(
                    "neither setpriv nor /bin/sh is here to bind Envoy to the agent; install util-linux", e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Waits for its end, at most so long.
    ///
    /// @return its exit status, 128 + signal when a signal ended it; empty while it runs
    Optional<Integer> await(Duration limit) throws InterruptedException {
        var status = process.await(limit);
        if (status.isPresent() && guard != null) {
            guard.destroyForcibly();
        }
        return status;
    }

    /// The last lines of its log, with the times at which they came; once it has ended those in the pipe, too,
    /// for which this waits up to a second.
    List<String> lastLines() {
        try {
            awaitLog();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return tail.lines();
    }

    /// Waits until the records that it left in the pipe are passed on, up to a second; not at all while it runs.
    void awaitLog() throws InterruptedException {
        if (!isAlive()) {
            pump.join(DRAINED);
        }
    }

    /// SIGTERM; what it says from then on is still read.
    void terminate() {
        process.terminate();
    }

    /// SIGKILL; what it said before is still read.
    void kill() {
        process.kill();
    }
}
