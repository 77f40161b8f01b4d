package dev.outrigger.agent.runtime;

import dev.outrigger.xds.XdsConfig;
import dev.outrigger.xds.XdsProxy;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import java.util.List;

/// Begins on the second CPU what a start needs anyway, while the main thread is busy with something else before
/// it. Nothing depends on it: who comes first initialises, and the other waits or finds it done.
public final class Preload {
    private static final List<String> OTHERS = List.of(
            "dev.outrigger.sds.IdentityConfig$DevCa",
            "dev.outrigger.sds.IdentityConfig$Files",
            "dev.outrigger.sds.IdentityConfig$None",
            "dev.outrigger.sds.NoIdentitySource",
            "dev.outrigger.xds.UpstreamSecurity$Plaintext");

    private Preload() {}

    /// The log, and netty with its native library, while the settings are read. Returns at once.
    public static void libraries() {
        Thread.ofPlatform().daemon().name("preload").start(() -> {
            System.getLogger(Preload.class.getName()); // the JDK looks for whom to write to
            EpollIoHandler.newFactory(); // loads the library
            new EpollServerDomainSocketChannel().unsafe().closeForcibly();
        });
    }

    /// Loads what plaintext and an agent without an identity need, which the training run is not: so that the AOT cache
    /// has it. Only there.
    public static void forOtherStarts() {
        try {
            for (var name : OTHERS) {
                Class.forName(name);
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("a class that other starts need has another name now", e);
        }
    }

    /// TLS, where it is used, while the sockets are bound. Returns at once.
    static void tls(XdsConfig config) {
        Thread.ofPlatform().daemon().name("preload").start(() -> XdsProxy.prepare(config));
    }
}
