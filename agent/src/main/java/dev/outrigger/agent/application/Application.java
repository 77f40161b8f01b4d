package dev.outrigger.agent.application;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.process.Bound;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The application under `run -- COMMAND`: one process, with the agent's standard input and output, that is
/// started once and whose end is the end of the agent. It cannot outlive the agent where setpriv is there.
///
/// The thread `application` spawns it and lives as long as it. Any thread may call.
public final class Application implements AutoCloseable {
    private static final System.Logger log = System.getLogger(Application.class.getName());
    private static final Duration KILL = Duration.ofSeconds(5);

    /// Found and not to be run, as shells have it.
    private static final int NOT_RUNNABLE = 126;

    private final List<String> command;
    private final Optional<Path> setpriv;
    private final ApplicationConfig config;
    private final Stops stops;
    private final AtomicBoolean started = new AtomicBoolean();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final CompletableFuture<Optional<Process>> spawned = new CompletableFuture<>();

    /// @param command its name, looked for on PATH, and its arguments
    /// @param setpriv util-linux' program of that name
    /// @param stops hears of its end
    public Application(List<String> command, Optional<Path> setpriv, ApplicationConfig config, Stops stops) {
        this.command = List.copyOf(command);
        this.setpriv = setpriv;
        this.config = config;
        this.stops = stops;
    }

    /// How long it may wait for readiness; zero: it does not wait.
    public Duration patience() {
        return config.patience();
    }

    /// Whether {@link #start} was called.
    public boolean isStarted() {
        return started.get();
    }

    /// Starts it, the first time this is called. Returns at once.
    public void start() {
        if (!started.getAndSet(true)) {
            Thread.ofPlatform().daemon().name("application").start(this::run);
        }
    }

    /// Passes a signal on.
    ///
    /// @param name without SIG
    /// @return false when it does not run
    public boolean signal(String name) {
        var running = running();
        if (running == null || !running.isAlive()) {
            return false;
        }
        try {
            var _ = new ProcessBuilder("/bin/sh", "-c", "kill -s \"$1\" \"$2\"", "outrigger-kill", name, pid(running))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            log.log(INFO, "signal passed on to the application signal={0}", name);
        } catch (IOException e) {
            log.log(WARNING, "signal not passed on to the application signal={0}: {1}", name, e.getMessage());
        }
        return true;
    }

    /// Tells it to end and waits for it: SIGTERM, SIGKILL once its time is over.
    ///
    /// @return its status, 128 + signal when one ended it; empty when it was never started
    public Optional<Integer> end() throws InterruptedException {
        if (!started.getAndSet(true)) {
            return Optional.empty();
        }
        var running = spawned.completeOnTimeout(Optional.empty(), KILL.toMillis(), TimeUnit.MILLISECONDS)
                .join()
                .orElse(null);
        if (running != null) {
            running.destroy();
        }
        var status = await(config.stop());
        if (status.isEmpty() && running != null) {
            log.log(
                    WARNING,
                    "the application ignored SIGTERM for {0}, killing it pid={1}",
                    config.stop(),
                    pid(running));
            running.destroyForcibly();
            status = await(KILL);
        }
        return status.isPresent() ? status : Optional.of(128 + 9);
    }

    /// Ends it when it still runs.
    @Override
    public void close() {
        var running = running();
        if (running != null && running.isAlive()) {
            running.destroyForcibly();
        }
    }

    private @Nullable Process running() {
        return spawned.getNow(Optional.empty()).orElse(null);
    }

    private Optional<Integer> await(Duration limit) throws InterruptedException {
        try {
            return Optional.of(ended.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void run() {
        var status = NOT_RUNNABLE;
        try {
            var words = new ArrayList<String>();
            setpriv.ifPresent(path -> words.addAll(Bound.with(path)));
            words.addAll(command);
            var running = new ProcessBuilder(words).inheritIO().start();
            spawned.complete(Optional.of(running));
            log.log(INFO, "application started pid={0}", pid(running));
            status = running.waitFor();
            log.log(INFO, "application ended status={0}", Integer.toString(status));
        } catch (IOException e) {
            log.log(System.Logger.Level.ERROR, "application cannot be started: {0}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            spawned.complete(Optional.empty());
            ended.complete(status);
            stops.offer(new StopReason.ApplicationEnded(status));
        }
    }

    private static String pid(Process running) {
        return Long.toString(running.pid());
    }
}
