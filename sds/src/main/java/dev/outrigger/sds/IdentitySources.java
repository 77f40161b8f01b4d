package dev.outrigger.sds;

import dev.outrigger.h2.H2Client;
import dev.outrigger.health.Condition;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// Starts identity sources. Only the classes of the one that is chosen are loaded.
public final class IdentitySources {
    private IdentitySources() {}

    /// Starts the configured source; an identity comes later, see {@link IdentitySource#awaitStarted}.
    ///
    /// @param group one of its loops owns the source
    /// @param condition met while an identity is valid
    /// @param random for jitter; called on that loop and during this call
    /// @throws IOException when the configuration cannot work, saying what to change
    public static IdentitySource start(
            IdentityConfig config,
            EventLoopGroup group,
            MeterRegistry registry,
            Condition condition,
            InstantSource clock,
            RandomGenerator random)
            throws IOException {
        EventLoop loop = group.next();
        var alarms = new Alarms(loop, loop, clock);
        // No switch: the JVM makes one by types anew in each start.
        if (config instanceof IdentityConfig.WorkloadApi api) {
            return WorkloadApiSource.start(
                    api,
                    loop,
                    alarms,
                    new IdentityKeeper("Workload API unix://" + api.socket(), registry, condition, alarms),
                    random);
        }
        if (config instanceof IdentityConfig.Ca ca) {
            return CaSource.start(
                    ca,
                    new IstioAuthority(ca, group),
                    IdentitySources::work,
                    alarms,
                    new IdentityKeeper(
                            "certificate authority " + H2Client.Target.authority(ca.address()),
                            registry,
                            condition,
                            alarms),
                    random);
        }
        if (config instanceof IdentityConfig.Files files) {
            return FileSource.start(
                    files,
                    IdentitySources::work,
                    alarms,
                    new IdentityKeeper("files " + files.certificate(), registry, condition, alarms));
        }
        if (config instanceof IdentityConfig.DevCa ca) {
            return DevCaSource.start(
                    ca,
                    IdentitySources::work,
                    alarms,
                    new IdentityKeeper("development CA", registry, condition, alarms),
                    random);
        }
        return new NoIdentitySource(condition);
    }

    private static void work(Runnable task) {
        Thread.ofVirtual().name("identity-source").start(task);
    }
}
