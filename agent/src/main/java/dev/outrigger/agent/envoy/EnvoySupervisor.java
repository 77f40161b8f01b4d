package dev.outrigger.agent.envoy;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import dev.outrigger.health.Condition;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Keeps one Envoy running: starts it, says when it is ready, starts it again after a crash, gives up when it
/// crashes too often.
///
/// The thread `envoy-supervisor` owns `policy` and `untold` and writes `current` and `status`; it
/// lives until {@link #close}, as the kernel ties Envoy to the thread that spawned it.
public final class EnvoySupervisor implements AutoCloseable {
    private static final System.Logger log = System.getLogger(EnvoySupervisor.class.getName());
    private static final Duration RUNNING = Duration.ofSeconds(1);
    private static final Duration ADMIN = Duration.ofSeconds(2);
    private static final Duration TERM = Duration.ofSeconds(5);

    private final EnvoyConfig config;
    private final EnvoyHooks hooks;
    private final Condition condition;
    private final EnvoyMetrics metrics;
    private final Stops stops;
    private final InstantSource clock;
    private final RestartPolicy policy;
    private final LocalHttp admin;
    private final EnvoyLogLevel level;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<EnvoyProcess> first = new CompletableFuture<>();
    private final Thread thread;
    private @Nullable EnvoyCrash untold;
    private volatile @Nullable EnvoyProcess current;
    private volatile EnvoyStatus status;

    private EnvoySupervisor(
            EnvoyConfig config,
            EnvoyHooks hooks,
            Condition condition,
            EnvoyMetrics metrics,
            Stops stops,
            InstantSource clock,
            RandomGenerator random) {
        this.config = config;
        this.hooks = hooks;
        this.condition = condition;
        this.metrics = metrics;
        this.stops = stops;
        this.clock = clock;
        this.policy = new RestartPolicy(config.restarts(), config.restartWindow(), random);
        this.admin = new LocalHttp(config.admin(), ADMIN);
        this.level = new EnvoyLogLevel(config.logLevel(), admin);
        this.status = new EnvoyStatus(0, clock.instant(), Optional.empty(), 0, Optional.empty());
        this.thread = Thread.ofPlatform().daemon().name("envoy-supervisor").unstarted(this::supervise);
    }

    /// Starts Envoy; returns when it is spawned, which is long before it is ready.
    ///
    /// @param early is the first one, when there is one
    /// @param hooks hear of its log and its crashes
    /// @param condition is met while Envoy serves
    /// @param stops hears when Envoy ended for good
    /// @throws IOException when it cannot be spawned
    public static EnvoySupervisor start(
            EnvoyConfig config,
            Optional<EarlyEnvoy> early,
            EnvoyHooks hooks,
            Condition condition,
            EnvoyMetrics metrics,
            Stops stops,
            InstantSource clock,
            RandomGenerator random)
            throws IOException {
        var supervisor = new EnvoySupervisor(config, hooks, condition, metrics, stops, clock, random);
        if (early.isPresent()) {
            supervisor.adopt(early.get());
        }
        supervisor.thread.start();
        try {
            supervisor.first.get();
            return supervisor;
        } catch (ExecutionException e) {
            throw new IOException(
                    "Envoy " + config.executable() + " cannot be started: "
                            + Objects.requireNonNullElse(e.getCause(), e).getMessage()
                            + "; put an envoy on PATH or set --envoy-path",
                    e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            supervisor.close();
            throw new IOException("interrupted while Envoy was started", e);
        }
    }

    /// What Envoy is doing; never blocks.
    public EnvoyStatus status() {
        return status;
    }

    /// The level of Envoy's log, in Envoy's words.
    public String logLevel() {
        return level.wanted();
    }

    /// Whether the running Envoy has that level; false while it could not be told.
    public boolean hasLogLevel() {
        return level.isTold();
    }

    /// Changes it for the running Envoy and those after it. Waits for Envoy's answer, 2 s at most.
    ///
    /// @param wanted in Envoy's words
    /// @throws IOException when Envoy cannot be told now; it is told as soon as it answers
    public void logLevel(String wanted) throws IOException {
        level.want(wanted);
    }

    /// The process of the Envoy that runs now; empty while none does. Never blocks.
    public OptionalLong running() {
        var process = current;
        return process != null && process.isAlive() ? OptionalLong.of(process.pid()) : OptionalLong.empty();
    }

    /// Stops Envoy: SIGTERM, SIGKILL five seconds later. All that it said is passed on by then.
    @Override
    public void close() {
        closing.countDown();
        try {
            var process = current;
            if (process != null) {
                process.terminate();
                if (process.await(TERM).isEmpty()) {
                    log.log(WARNING, "Envoy ignored SIGTERM, killing it pid={0}", Long.toString(process.pid()));
                    process.kill();
                }
            }
            thread.join(TERM);
            if (process != null) {
                process.awaitLog();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void supervise() {
        var adopted = current;
        try {
            while (closing.getCount() > 0) {
                var process =
                        adopted != null ? adopted : EnvoyProcess.spawn(config, level.atStart(), hooks.log(), clock);
                adopted = null;
                current = process;
                if (closing.getCount() == 0) {
                    process.kill(); // who closes may have seen none
                }
                first.complete(process); // from here on who closes sees it, and has it end in its own time
                tell(); // not before the successor is on the way
                var exit = watch(process);
                if (closing.getCount() == 0) {
                    return;
                }
                if (!restarts(crash(process, exit))) {
                    return;
                }
            }
        } catch (IOException e) {
            if (!first.completeExceptionally(e)) {
                stops.offer(new StopReason.Failed("Envoy", e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            tell();
        }
    }

    /// Before the thread starts.
    private void adopt(EarlyEnvoy early) throws IOException {
        var process = early.take(hooks.log(), clock);
        current = process;
        first.complete(process);
    }

    private void tell() {
        if (untold != null) {
            hooks.crashed().accept(untold);
            untold = null;
        }
    }

    /// Follows one Envoy to its end.
    private EnvoyExit watch(EnvoyProcess process) throws InterruptedException {
        var started = clock.instant();
        status = status.started(process.pid(), started);
        log.log(INFO, "Envoy started pid={0}", Long.toString(process.pid()));
        var readiness = new EnvoyReadiness(admin, condition);
        var memory = new OomWatch(hooks.oomKills(), clock);
        while (true) {
            memory.look();
            var exit = process.await(
                    readiness.isReady() ? RUNNING : EnvoyReadiness.pause(Duration.between(started, clock.instant())));
            if (exit.isPresent()) {
                return memory.judge(exit.get());
            }
            if (closing.getCount() == 0) {
                continue;
            }
            if (readiness.look()) {
                ready(process, Duration.between(started, clock.instant()));
            }
            if (readiness.isReady()) {
                tellLevel();
            }
        }
    }

    private void tellLevel() {
        try {
            level.tell();
        } catch (IOException e) {
            log.log(DEBUG, "Envoy was not told its log level, will be again: {0}", e.getMessage());
        }
    }

    private EnvoyCrash crash(EnvoyProcess process, EnvoyExit exit) {
        var now = clock.instant();
        var before = status;
        condition.unmet("Envoy ended with status " + exit.describe());
        status = status.ended(exit.status());
        metrics.exited(exit);
        return new EnvoyCrash(
                now,
                process.pid(),
                exit,
                Duration.between(before.since(), now),
                before.readyAfter(),
                before.restarts(),
                policy.recent(now) + 1,
                process::lastLines);
    }

    private void ready(EnvoyProcess process, Duration took) {
        status = status.ready(took);
        metrics.ready(took);
        log.log(INFO, "Envoy ready pid={0} after_ms={1}", Long.toString(process.pid()), Long.toString(took.toMillis()));
    }

    /// Waits as long as the policy wants.
    ///
    /// @return false when Envoy is not to be started again
    private boolean restarts(EnvoyCrash crash) throws InterruptedException {
        untold = crash;
        var delay = policy.afterCrash(crash.at());
        if (delay.isEmpty()) {
            log.log(
                    ERROR,
                    "Envoy ended status={0} crashes={1} window={2}: giving up, its restart budget is spent",
                    crash.exit().describe(),
                    Integer.toString(crash.recent()),
                    config.restartWindow());
            tell();
            stops.offer(new StopReason.EnvoyExited(crash.exit().status()));
            return false;
        }
        log.log(
                WARNING,
                "Envoy ended status={0} restart_in_ms={1}",
                crash.exit().describe(),
                Long.toString(delay.get().toMillis()));
        metrics.restarted(crash.exit());
        if (delay.get().isZero()) {
            return true;
        }
        tell();
        return !closing.await(delay.get().toMillis(), TimeUnit.MILLISECONDS);
    }
}
