package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A relay in a temporary folder, with what it reports.
final class TestRelay implements AutoCloseable, XdsObserver {
    final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Condition condition =
            new HealthBoard(InstantSource.system()).condition("xds", Gate.INFORMATION, "not dialed yet");
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final XdsConfig config;
    final XdsProxy proxy;

    private TestRelay(XdsConfig config, Supplier<Optional<ClientIdentity>> identity, List<ResourceHandler> handlers)
            throws IOException {
        this.config = config;
        this.proxy = XdsProxy.start(
                config,
                XdsProxy.listen(config),
                identity,
                handlers,
                this,
                loops,
                registry,
                condition,
                InstantSource.system(),
                new Random(7));
    }

    static TestRelay start(Path folder, InetSocketAddress controlPlane, ResourceHandler... handlers)
            throws IOException {
        return start(config(folder, controlPlane), Optional::empty, handlers);
    }

    static TestRelay start(XdsConfig config, Supplier<Optional<ClientIdentity>> identity, ResourceHandler... handlers)
            throws IOException {
        return new TestRelay(config, identity, List.of(handlers));
    }

    static XdsConfig config(Path folder, InetSocketAddress... controlPlanes) {
        return new XdsConfig(
                folder.resolve("XDS"),
                "rw-------",
                List.of(controlPlanes),
                new UpstreamSecurity.Plaintext(),
                Optional.empty(),
                Map.of(),
                new Backoff(Duration.ofMillis(10), Duration.ofMillis(100)),
                Duration.ofMillis(100),
                Keepalive.DEFAULT,
                Duration.ofSeconds(30),
                Optional.empty());
    }

    static XdsConfig secured(XdsConfig config, UpstreamSecurity security) {
        return new XdsConfig(
                config.socket(),
                config.socketPermissions(),
                config.controlPlanes(),
                security,
                config.tokenFile(),
                config.headers(),
                config.backoff(),
                config.returnEvery(),
                config.keepalive(),
                config.silenceWarning(),
                config.snapshot());
    }

    static XdsConfig withToken(XdsConfig config, Path token) {
        return new XdsConfig(
                config.socket(),
                config.socketPermissions(),
                config.controlPlanes(),
                config.security(),
                Optional.of(token),
                Map.of("clusterid", "Kubernetes"),
                config.backoff(),
                config.returnEvery(),
                config.keepalive(),
                config.silenceWarning(),
                config.snapshot());
    }

    static XdsConfig warning(XdsConfig config, Duration silence) {
        return with(config, silence, config.snapshot());
    }

    /// @param maxAge of the file
    static XdsConfig keeping(XdsConfig config, Path file, Duration maxAge) {
        return keeping(config, file, maxAge, Duration.ofSeconds(3));
    }

    /// @param patience with a silent control plane
    static XdsConfig keeping(XdsConfig config, Path file, Duration maxAge, Duration patience) {
        var snapshot = new SnapshotConfig(file, maxAge, patience, Messages.NODE.getId());
        return with(config, config.silenceWarning(), Optional.of(snapshot));
    }

    private static XdsConfig with(XdsConfig config, Duration silence, Optional<SnapshotConfig> snapshot) {
        return new XdsConfig(
                config.socket(),
                config.socketPermissions(),
                config.controlPlanes(),
                config.security(),
                config.tokenFile(),
                config.headers(),
                config.backoff(),
                config.returnEvery(),
                config.keepalive(),
                silence,
                snapshot);
    }

    /// Waits up to 20 s until the watchdog, which looks at its own pace, tells of so many.
    void awaitTroubles(int count) throws InterruptedException {
        for (int i = 0; i < 1_000 && proxy.status().troubles().size() != count; i++) {
            new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
        }
        assertThat(proxy.status().troubles()).hasSize(count);
    }

    TestClient client(Protocol protocol) {
        return TestClient.open(config.socket(), loops, protocol);
    }

    /// Waits up to 20 s for an event that starts so; those before it are passed over.
    String await(String start) throws InterruptedException {
        while (true) {
            var event = events.poll(20, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("no event " + start + "; status " + proxy.status());
            }
            if (event.startsWith(start)) {
                return event;
            }
        }
    }

    @Override
    public void connected(String controlPlane) {
        events.add("connected " + controlPlane);
    }

    @Override
    public void disconnected(String reason, Duration retryIn) {
        events.add("disconnected " + reason);
    }

    @Override
    public void streamOpened(long stream) {
        events.add("opened " + stream);
    }

    @Override
    public void upstreamEnded(long stream, String reason) {
        events.add("upstream ended " + stream + " " + reason);
    }

    @Override
    public void streamClosed(long stream) {
        events.add("closed " + stream);
    }

    @Override
    public void pushed(long stream, String typeUrl, String version, int bytes, int resourceCount) {
        events.add("pushed " + stream + " " + typeUrl + " " + version + " " + resourceCount);
    }

    @Override
    public void acked(long stream, String typeUrl, String version) {
        events.add("acked " + stream + " " + typeUrl + " " + version);
    }

    @Override
    public void nacked(long stream, String typeUrl, String version, String message) {
        events.add("nacked " + stream + " " + typeUrl + " " + version + " " + message);
    }

    @Override
    public void close() {
        proxy.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
