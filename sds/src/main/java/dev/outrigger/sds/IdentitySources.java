package dev.outrigger.sds;

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

    /// Starts the configured source. An identity that is issued here is there when this returns; one that has to
    /// be fetched comes later.
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
        return switch (config) {
            case IdentityConfig.WorkloadApi api ->
                WorkloadApiSource.start(
                        api,
                        loop,
                        alarms,
                        new IdentityKeeper("Workload API unix://" + api.socket(), registry, condition, alarms),
                        random);
            case IdentityConfig.Ca ca ->
                CaSource.start(
                        ca,
                        new IstioAuthority(ca, group),
                        IdentitySources::work,
                        alarms,
                        new IdentityKeeper(
                                "certificate authority " + IstioAuthority.name(ca.address()),
                                registry,
                                condition,
                                alarms),
                        random);
            case IdentityConfig.Files files ->
                FileSource.start(
                        files,
                        IdentitySources::work,
                        alarms,
                        new IdentityKeeper("files " + files.certificate(), registry, condition, alarms));
            case IdentityConfig.DevCa ca ->
                DevCaSource.start(
                        ca, alarms, new IdentityKeeper("development CA", registry, condition, alarms), random);
            case IdentityConfig.None _ -> new NoIdentitySource(condition);
        };
    }

    private static void work(Runnable task) {
        Thread.ofVirtual().name("identity-source").start(task);
    }
}
