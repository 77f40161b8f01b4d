package dev.outrigger.agent.runtime;

import dev.outrigger.xds.XdsConfig;
import dev.outrigger.xds.XdsProxy;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;

/// Begins on the second CPU what a start needs anyway, while the main thread is busy with something else before
/// it. Nothing depends on it: who comes first initialises, and the other waits or finds it done.
public final class Preload {
    private Preload() {}

    /// The log, netty with its native library, and the metrics, while the settings are read. Returns at once.
    public static void libraries() {
        Thread.ofPlatform().daemon().name("preload").start(() -> {
            System.getLogger(Preload.class.getName()); // the JDK looks for whom to write to
            EpollIoHandler.newFactory(); // loads the library
            new EpollServerDomainSocketChannel().unsafe().closeForcibly();
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT).close();
        });
    }

    /// TLS, where it is used, while the sockets are bound. Returns at once.
    static void tls(XdsConfig config) {
        Thread.ofPlatform().daemon().name("preload").start(() -> XdsProxy.prepare(config));
    }
}
