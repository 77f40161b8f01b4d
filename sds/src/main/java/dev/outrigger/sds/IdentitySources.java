package dev.outrigger.sds;

import dev.outrigger.health.Condition;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// Starts identity sources.
public final class IdentitySources {
    private IdentitySources() {}

    /// Starts the configured source. An identity that is issued here is there when this returns; one that has to be
    /// fetched comes later.
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
        var loop = group.next();
        var alarms = new Alarms(loop, loop, clock);
        return switch (config) {
            case IdentityConfig.WorkloadApi api ->
                WorkloadApiSource.start(
                        api.socket(),
                        loop,
                        alarms,
                        new IdentityKeeper("Workload API unix://" + api.socket(), registry, condition, alarms),
                        random);
            case IdentityConfig.DevCa ca ->
                DevCaSource.start(
                        ca, alarms, new IdentityKeeper("development CA", registry, condition, alarms), random);
            case IdentityConfig.None _ -> new NoIdentitySource(condition);
        };
    }
}
