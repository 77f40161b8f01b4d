package dev.outrigger.agent.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ServiceManagerTest {
    private static final Optional<Duration> WATCHDOG = Optional.of(Duration.ofSeconds(30));

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final InstantSource clock = now::get;
    private final HealthBoard board = new HealthBoard(clock);
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

    @Test
    void readyIsToldOnceAndEachReasonWhenItIsNew() {
        var manager = new ServiceManager(messages::add, Optional.empty(), List.of(), board, clock);
        var envoy = board.condition("envoy", Gate.READINESS, "Envoy is starting");
        board.condition("xds", Gate.INFORMATION, "no control plane");

        manager.look();
        manager.look();
        envoy.met("live");
        manager.look();
        envoy.unmet("Envoy\ncrashed");
        manager.look();
        envoy.met("live");
        manager.look();
        manager.stopping("signal received", Duration.ofSeconds(30));

        assertThat(messages)
                .containsExactly(
                        "STATUS=not ready: envoy: Envoy is starting",
                        "READY=1\nSTATUS=ready",
                        "STATUS=not ready: envoy: Envoy crashed",
                        "STATUS=ready",
                        "STOPPING=1\nSTATUS=stopping: signal received\nEXTEND_TIMEOUT_USEC=60000000");
    }

    @Test
    void aSignOfLifeComesTwiceWithinTheLimitOfTheWatchdog() {
        var manager = new ServiceManager(messages::add, WATCHDOG, List.of(), board, clock);

        assertThat(manager.look()).isEqualTo(Duration.ofSeconds(15));
        now.set(Instant.ofEpochSecond(14));
        assertThat(manager.look()).isEqualTo(Duration.ofSeconds(1));
        now.set(Instant.ofEpochSecond(15));
        assertThat(manager.look()).isEqualTo(Duration.ofSeconds(15));

        assertThat(messages).containsExactly("READY=1\nSTATUS=ready", "WATCHDOG=1", "WATCHDOG=1");
    }

    @Test
    void theWatchdogIsGivenTheTimeOfTheEnd() {
        var manager = new ServiceManager(messages::add, WATCHDOG, List.of(), board, clock);

        manager.stopping("signal received", Duration.ofMinutes(5));

        assertThat(messages)
                .containsExactly("STOPPING=1\nSTATUS=stopping: signal received\nEXTEND_TIMEOUT_USEC=330000000"
                        + "\nWATCHDOG_USEC=330000000");
    }

    @Test
    void oneLoopThatHangsKeepsTheSignOfLifeBackUntilItGoesOn() throws InterruptedException {
        List<EventExecutor> loops = List.of(new DefaultEventExecutor(), new DefaultEventExecutor());
        var hung = new CountDownLatch(1);
        try {
            var manager = new ServiceManager(messages::add, WATCHDOG, loops, board, clock);
            loops.getLast().execute(() -> awaitQuietly(hung));
            manager.look();
            now.set(Instant.ofEpochSecond(20));
            manager.look();
            loops.getFirst().submit(() -> {}).sync();
            assertThat(messages).containsExactly("READY=1\nSTATUS=ready");

            hung.countDown();

            assertThat(messages.take()).startsWith("READY=1");
            assertThat(messages.poll(30, TimeUnit.SECONDS)).isEqualTo("WATCHDOG=1");
            loops.getLast().submit(() -> {}).sync();
            assertThat(messages).as("beats that wait do not pile up").isEmpty();
        } finally {
            hung.countDown();
            for (var loop : loops) {
                loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
