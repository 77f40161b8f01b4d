package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.DEBUG;

import dev.outrigger.agent.envoy.EnvoySupervisor;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.log.LogLevels;
import dev.outrigger.agent.log.Verbosity;
import dev.outrigger.dns.DnsProxy;
import dev.outrigger.dns.MalformedNameTableException;
import dev.outrigger.sds.IdentitySource;
import dev.outrigger.xds.ClientIdentity;
import dev.outrigger.xds.HandledResource;
import dev.outrigger.xds.RejectedResourceException;
import dev.outrigger.xds.ResourceHandler;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How the components, which do not know each other, are joined.
final class Wiring {
    private static final System.Logger log = System.getLogger(Wiring.class.getName());

    private Wiring() {}

    /// The identity in the form in which the control plane's channel presents it. Waits for one that is issued
    /// here.
    static Supplier<Optional<ClientIdentity>> clientIdentity(IdentitySource source) {
        return () -> {
            try {
                source.awaitStarted();
            } catch (IOException e) {
                log.log(DEBUG, "there will be no identity: {0}", e.getMessage());
            }
            return source.latest().get().map(i -> new ClientIdentity(i.key(), i.chain(), i.bundle()));
        };
    }

    /// The name table of the control plane feeds the DNS proxy. A table that cannot be read is refused and the
    /// last one stays. One that comes before the proxy has started waits for it: each has a thread of its own.
    static ResourceHandler nameTable(CompletableFuture<DnsProxy> dns) {
        return new ResourceHandler() {
            @Override
            public String typeUrl() {
                return "type.googleapis.com/istio.networking.nds.v1.NameTable";
            }

            @Override
            public void accept(List<HandledResource> resources) throws RejectedResourceException {
                for (var resource : resources) {
                    try {
                        dns.join().publish(resource.value());
                    } catch (MalformedNameTableException e) {
                        throw new RejectedResourceException("name table " + resource.name() + ": " + e.getMessage());
                    }
                }
            }
        };
    }

    /// The logs whose levels can be changed, by name.
    static Map<String, LogLevels.Target> logs(@Nullable EnvoySupervisor envoy) {
        var logs = new LinkedHashMap<String, LogLevels.Target>();
        logs.put("agent", new LogLevels.Target() {
            @Override
            public String level() {
                return Verbosity.word(Log.get().level());
            }

            @Override
            public void level(String level) {
                Log.get().level(Verbosity.of(level).orElseThrow().level());
            }

            @Override
            public boolean isDone() {
                return true;
            }
        });
        if (envoy != null) {
            logs.put("envoy", new LogLevels.Target() {
                @Override
                public String level() {
                    return envoy.logLevel();
                }

                @Override
                public void level(String level) throws IOException {
                    envoy.logLevel(level);
                }

                @Override
                public boolean isDone() {
                    return envoy.hasLogLevel();
                }
            });
        }
        return logs;
    }

    /// How many times an Envoy has ended, as the supervisor counts it.
    static LongSupplier envoyEnds(MeterRegistry registry) {
        return () -> (long) registry.find("outrigger.envoy.exits").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }
}
