package dev.outrigger.sds;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The workload's JWT-SVIDs from a SPIFFE Workload API, by audience: each is fetched when somebody follows it,
/// and fetched again at about half of its life while somebody does. One that nobody follows is kept while it is
/// good.
///
/// State is owned by `loop`; {@link #follow} may be called from anywhere.
public final class JwtSvids implements AutoCloseable {
    /// A client that invents audiences must not fill the memory.
    private static final int MOST_KEPT = 1_000;

    private final @Nullable Path socket;
    private final Latest<Identity> identity;
    private final EventLoop loop;
    private final Alarms alarms;
    private final RandomGenerator random;
    private final JwtMetrics metrics;
    private final Map<String, JwtKeeper> keepers = new HashMap<>();
    private boolean closed;

    private JwtSvids(
            @Nullable Path socket,
            Latest<Identity> identity,
            EventLoop loop,
            Alarms alarms,
            MeterRegistry registry,
            RandomGenerator random) {
        this.socket = socket;
        this.identity = identity;
        this.loop = loop;
        this.alarms = alarms;
        this.random = random;
        this.metrics = new JwtMetrics(registry);
    }

    /// Ready to be followed; asks nothing yet.
    ///
    /// @param config only a Workload API has JWT-SVIDs; with another source every {@link #follow} is told so
    /// @param identity whose SPIFFE ID the tokens are for
    /// @param group one of its loops owns the state
    /// @param random for jitter; called on that loop
    public static JwtSvids start(
            IdentityConfig config,
            Latest<Identity> identity,
            EventLoopGroup group,
            MeterRegistry registry,
            InstantSource clock,
            RandomGenerator random) {
        var loop = group.next();
        var socket = config instanceof IdentityConfig.WorkloadApi api ? api.socket() : null;
        return new JwtSvids(socket, identity, loop, new Alarms(loop, loop, clock), registry, random);
    }

    /// With a timer of a test.
    static JwtSvids start(
            Path socket,
            Latest<Identity> identity,
            EventLoop loop,
            Alarms alarms,
            MeterRegistry registry,
            RandomGenerator random) {
        return new JwtSvids(socket, identity, loop, alarms, registry, random);
    }

    /// Hears of one audience's token. Calls come on a loop, one at a time, and must not block.
    ///
    /// @param found hears the current token (if there is one) and each later one
    /// @param failed hears why there is none, or no newer one; holds no secret. May hear the same again
    /// @return ends it; a call that has begun may still be running then
    public Latest.Subscription follow(String audience, Consumer<JwtSvid> found, Consumer<String> failed) {
        var follower = new JwtKeeper.Follower(found, failed);
        onLoop(() -> begin(audience, follower));
        return () -> onLoop(() -> end(audience, follower));
    }

    private void begin(String audience, JwtKeeper.Follower follower) {
        if (socket == null) {
            follower.failed("the identity source of this agent has no JWT-SVIDs; they come from a SPIFFE Workload API:"
                    + " set --identity workload-api and --spiffe-socket");
            return;
        }
        if (audience.isEmpty()) {
            follower.failed("a JWT-SVID needs an audience");
            return;
        }
        keepers.values().removeIf(JwtKeeper::isIdle);
        if (keepers.size() >= MOST_KEPT && !keepers.containsKey(audience)) {
            follower.failed("more than " + MOST_KEPT + " audiences are wanted at once");
            return;
        }
        keepers.computeIfAbsent(audience, _ -> keeper(audience, socket)).add(follower);
    }

    private JwtKeeper keeper(String audience, Path from) {
        return new JwtKeeper(
                audience,
                (answered, failed) -> {
                    var call = new JwtCall(from, loop, answered, failed);
                    call.ask(audience, identity.get().map(Identity::spiffeId).orElse(""));
                    return call::close;
                },
                alarms,
                random,
                metrics);
    }

    private void end(String audience, JwtKeeper.Follower follower) {
        var keeper = keepers.get(audience);
        if (keeper != null) {
            keeper.remove(follower);
        }
    }

    private void onLoop(Runnable action) {
        try {
            loop.execute(() -> {
                if (!closed) {
                    action.run();
                }
            });
        } catch (RejectedExecutionException _) {
            // the loop ended before
        }
    }

    /// Nothing is fetched from now on. Idempotent.
    @Override
    public void close() {
        onLoop(() -> {
            closed = true;
            keepers.values().forEach(JwtKeeper::close);
        });
    }
}
