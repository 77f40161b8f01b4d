package dev.outrigger.sds;

import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.testkit.FakeScheduler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A Workload API source with a clock that a test moves; its sockets are real.
final class TestSource implements AutoCloseable {
    private static final Duration STEP = Duration.ofMillis(100);

    final FakeScheduler time = new FakeScheduler(InstantSource.system().instant());
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Condition condition = new HealthBoard(time).condition("identity", Gate.INFORMATION, "not started");
    final BlockingQueue<Identity> published = new LinkedBlockingQueue<>();
    final TestLog log = new TestLog("dev.outrigger.sds");
    final WorkloadApiSource source;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    TestSource(Path socket, long seed) {
        this(new IdentityConfig.WorkloadApi(socket), seed);
    }

    TestSource(IdentityConfig.WorkloadApi config, long seed) {
        EventLoop loop = group.next();
        var alarms = new Alarms(loop, time, time);
        var keeper = new IdentityKeeper("Workload API unix://" + config.socket(), registry, condition, alarms);
        keeper.latest().onChange(published::add);
        source = WorkloadApiSource.start(config, loop, alarms, keeper, new Random(seed));
        sync();
    }

    /// Waits up to 20 s for the next identity.
    Identity next() throws InterruptedException {
        var identity = published.poll(20, TimeUnit.SECONDS);
        if (identity == null) {
            throw new AssertionError("no identity; " + source.status() + "\n" + String.join("\n", log.lines()));
        }
        sync();
        return identity;
    }

    /// Waits up to 20 s for a line that contains this, and until what led to it has been handled.
    String awaitLog(String part) throws InterruptedException {
        var line = log.await(part);
        sync();
        return line;
    }

    /// Moves the clock in small steps; what rings has been handled when this returns.
    void advance(Duration by) {
        for (var left = by; left.isPositive(); left = left.minus(STEP)) {
            time.advance(left.compareTo(STEP) < 0 ? left : STEP);
            sync();
        }
    }

    /// As if the machine slept.
    void sleep(Duration by) {
        time.setClock(time.instant().plus(by));
        advance(Duration.ofSeconds(31));
    }

    /// What was handed to the loop has been handled.
    void sync() {
        group.submit(() -> {}).awaitUninterruptibly(20, TimeUnit.SECONDS);
    }

    /// Whether it waits for its next attempt.
    boolean retrying() {
        return time.pending().stream().anyMatch(delay -> delay.toMillis() <= 5001);
    }

    /// A new attempt was answered, even if with nothing new.
    void awaitAnswer() throws Exception {
        source.renew("a test waits for the answer").get(20, TimeUnit.SECONDS);
    }

    int failures(String reason) {
        return (int) registry.get("outrigger.identity.failures")
                .tag("reason", reason)
                .counter()
                .count();
    }

    String reason() {
        return condition.state().reason();
    }

    @Override
    public void close() {
        source.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        log.close();
    }
}
