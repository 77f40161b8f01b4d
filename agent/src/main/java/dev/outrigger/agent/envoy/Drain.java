package dev.outrigger.agent.envoy;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.envoy.DrainRule.Demand;
import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// The one drain of an agent's life. First Envoy's inbound listeners let their clients go while they still
/// welcome new ones, since whoever sends those may not know yet that this workload leaves; outbound listeners are
/// left alone. When the agent is told to end and nothing is in flight any more, no new connection is taken, and
/// Envoy may be stopped.
///
/// Begun and told to end by any thread. One virtual thread runs it and owns `rule`, `told` and `listeners`.
public final class Drain implements AutoCloseable {
    private static final System.Logger log = System.getLogger(Drain.class.getName());
    private static final Duration ADMIN = Duration.ofSeconds(2);
    private static final Duration PACE = Duration.ofMillis(30);
    private static final Duration DRAINED_PACE = Duration.ofSeconds(1);

    private final LocalHttp admin;
    private final DrainConfig limits;
    private final Supplier<OptionalLong> envoy;
    private final InstantSource clock;
    private final CompletableFuture<String> drained = new CompletableFuture<>();
    private final CompletableFuture<String> over = new CompletableFuture<>();
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable DrainStatus status;
    private long told;
    private DrainedListeners listeners = new DrainedListeners(true, java.util.Set.of());

    /// @param admin Envoy's admin interface
    /// @param envoy the process of the Envoy that runs now; empty when none does
    public Drain(InetSocketAddress admin, DrainConfig limits, Supplier<OptionalLong> envoy, InstantSource clock) {
        this.admin = new LocalHttp(admin, ADMIN);
        this.limits = limits;
        this.envoy = envoy;
        this.clock = clock;
    }

    /// Begins it; does nothing when it has begun already.
    ///
    /// @param by what asked for it, for the log
    public synchronized void begin(String by) {
        if (status == null) {
            status = new DrainStatus(clock.instant(), by, "unknown", Optional.empty());
            var isFirst = ending.getCount() == 0;
            Thread.ofVirtual().name("drain").start(() -> run(isFirst));
        }
    }

    /// Begins it if need be, and waits until Envoy may be stopped.
    ///
    /// @param by as for {@link #begin}
    public void end(String by) throws InterruptedException {
        ending.countDown();
        begin(by);
        over.exceptionally(Throwable::toString).join();
    }

    /// How it ended, once nothing is in flight or its limit is over. Outbound goes on after that until {@link
    /// #end}.
    public CompletionStage<String> drained() {
        return drained;
    }

    /// How far it is; empty before it begins. Never blocks.
    public Optional<DrainStatus> status() {
        return Optional.ofNullable(status);
    }

    /// Gives up waiting.
    @Override
    public void close() {
        closed.countDown();
        ending.countDown();
    }

    /// @param ends whether the agent ends after it
    private void run(boolean ends) {
        try {
            var started = clock.instant();
            var rule = new DrainRule(limits, started);
            var outcome = await(rule, ends ? Demand.QUIET : null);
            tell(outcome, started, ends);
            while (!pause(ending, DRAINED_PACE)) {
                followEnvoy();
            }
            over.complete(stopAccepting(rule, started, outcome, ends ? Demand.IDLE : Demand.INBOUND_IDLE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            over.complete("interrupted");
        } catch (RuntimeException e) {
            drained.complete("failed: " + e);
            over.completeExceptionally(e);
            log.log(WARNING, "the drain failed, Envoy is stopped without it", e);
        }
    }

    private void tell(String outcome, Instant started, boolean ends) {
        var now = status;
        if (now != null) {
            status = new DrainStatus(now.since(), now.by(), now.waitsFor(), Optional.of(outcome));
        }
        log.log(
                INFO,
                "Envoy drained after_ms={0}: {1}{2}",
                Long.toString(Duration.between(started, clock.instant()).toMillis()),
                outcome,
                ends || ending.getCount() == 0 ? "" : "; outbound goes on until the agent is told to end");
        drained.complete(outcome);
    }

    /// @param demand null: quiet until the agent is told to end
    private String await(DrainRule rule, @Nullable Demand demand) throws InterruptedException {
        while (true) {
            var waived = ending.getCount() == 0 ? Demand.INBOUND_IDLE : Demand.QUIET;
            var outcome = look(rule, demand == null ? waived : demand);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            if (pause(closed, PACE)) {
                return "given up";
            }
        }
    }

    private Optional<String> look(DrainRule rule, Demand demand) {
        var running = envoy.get();
        if (running.isEmpty()) {
            return ending.getCount() == 0
                    ? Optional.of("Envoy is not running")
                    : rule.blind("Envoy is not running", clock.instant());
        }
        try {
            start(running.getAsLong());
            var traffic =
                    EnvoyTraffic.parse(admin.ask("GET", EnvoyTraffic.QUERY).body(), listeners);
            remember(traffic);
            return rule.look(traffic, clock.instant(), demand);
        } catch (IOException e) {
            return rule.blind(String.valueOf(e.getMessage()), clock.instant());
        }
    }

    private void remember(EnvoyTraffic traffic) {
        var now = status;
        if (now != null) {
            status = new DrainStatus(now.since(), now.by(), traffic.describe(), now.ended());
        }
    }

    /// Tells an Envoy that has not been told yet: the first one, and any that replaces it after a crash.
    private void start(long process) throws IOException {
        if (told == process) {
            return;
        }
        var wanted = limits.listeners();
        try {
            listeners = wanted == DrainConfig.Listeners.ALL
                    ? DrainedListeners.parse("", wanted)
                    : DrainedListeners.parse(body(admin.ask("GET", DrainedListeners.QUERY)), wanted);
        } catch (YamlEngineException e) {
            throw new IOException("its config dump is not understood: " + e.getMessage(), e);
        }
        var answer = admin.ask(
                "POST", EnvoyVersion.of(admin.ask("GET", "/server_info").body()).drain(listeners.all()));
        if (answer.status() != 200) {
            throw new IOException("it refuses to drain: " + answer.body().strip());
        }
        told = process;
    }

    /// 404 says that there are none.
    private static String body(LocalHttp.Answer answer) {
        return answer.status() == 200 ? answer.body() : "{}";
    }

    private void followEnvoy() {
        try {
            var running = envoy.get();
            if (running.isPresent()) {
                start(running.getAsLong());
            }
        } catch (IOException e) {
            log.log(DEBUG, "an Envoy that came during the drain is not told of it yet: {0}", e.getMessage());
        }
    }

    /// Whoever comes from now on is refused instead of cut off, and may go elsewhere; what came before is
    /// answered.
    private String stopAccepting(DrainRule rule, Instant started, String outcome, Demand demand)
            throws InterruptedException {
        if (envoy.get().isEmpty() || Duration.between(started, clock.instant()).compareTo(limits.max()) >= 0) {
            return outcome;
        }
        try {
            admin.ask("POST", EnvoyVersion.stop(listeners.all()));
        } catch (IOException e) {
            log.log(DEBUG, "Envoy is stopped while it accepts: {0}", e.getMessage());
            return outcome;
        }
        return await(rule, demand);
    }

    private static boolean pause(CountDownLatch unless, Duration limit) throws InterruptedException {
        return unless.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }
}
