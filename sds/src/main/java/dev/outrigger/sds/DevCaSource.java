package dev.outrigger.sds;

import dev.outrigger.sds.IdentityMetrics.Failure;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Issues the own identity from a root of its own, for development: no server needed. Renews at half of the lifetime.
///
/// All state is owned by `owner`; public methods hop to it.
final class DevCaSource implements IdentitySource {
    private static final Logger LOG = System.getLogger(DevCaSource.class.getName());
    private static final String CLOSED = "the identity source is closed";
    private static final Duration SHORTEST = Duration.ofSeconds(2);
    /// However little of a lifetime is left: an authority is not asked more often.
    private static final Duration SOONEST = Duration.ofSeconds(1);
    private static final double EARLIEST = 0.45;
    private static final double LATEST = 0.55;

    private final DevRoot root;
    private final IdentityConfig.DevCa config;
    private final Executor owner;
    private final IdentityKeeper keeper;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final Alarm rotation;
    private boolean closed;

    private DevCaSource(
            DevRoot root, IdentityConfig.DevCa config, Alarms alarms, IdentityKeeper keeper, RandomGenerator random) {
        this.root = root;
        this.config = config;
        this.owner = alarms.owner();
        this.keeper = keeper;
        this.clock = alarms.clock();
        this.random = random;
        this.backoff = new Backoff(random);
        this.rotation = alarms.alarm(() -> issue("half of its lifetime is over"));
    }

    /// Blocks until the first identity is published; not to be called by the owner.
    static DevCaSource start(IdentityConfig.DevCa config, Alarms alarms, IdentityKeeper keeper, RandomGenerator random)
            throws IOException {
        if (config.lifetime().compareTo(SHORTEST) < 0) {
            throw new IOException("development CA: a lifetime of " + config.lifetime()
                    + " is too short to renew in time; use 2s or more");
        }
        DevRoot.checkSpiffeId(config.spiffeId());
        var root = DevRoot.open(config.dir(), alarms.clock());
        var source = new DevCaSource(root, config, alarms, keeper, random);
        var first = source.renew("start");
        try {
            first.join();
        } catch (CompletionException e) {
            source.close();
            throw new IOException(
                    "development CA cannot issue " + config.spiffeId() + ": "
                            + source.status().lastError(),
                    e);
        }
        return source;
    }

    @Override
    public Latest<Identity> latest() {
        return keeper.latest();
    }

    @Override
    public IdentityStatus status() {
        return keeper.status();
    }

    @Override
    public CompletableFuture<Identity> renew(String why) {
        var result = new CompletableFuture<Identity>();
        try {
            owner.execute(() -> renew(why, result));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new IOException(CLOSED, e));
        }
        return result;
    }

    private void renew(String why, CompletableFuture<Identity> result) {
        var identity = closed ? null : issue(why);
        if (identity == null) {
            result.completeExceptionally(new IOException(closed ? CLOSED : String.valueOf(status().lastError())));
        } else {
            result.complete(identity);
        }
    }

    @Override
    public void close() {
        try {
            owner.execute(() -> {
                closed = true;
                rotation.cancel();
                keeper.close();
            });
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the owner of the identity source ended before it");
        }
    }

    /// Null when it failed; then the next attempt is set.
    private @Nullable Identity issue(String why) {
        LOG.log(Level.DEBUG, "issuing an SVID: {0}", why);
        var now = clock.instant();
        try {
            var identity = root.issue(config.spiffeId(), now, config.lifetime());
            var next = nextRotation(now, identity.expiresAt());
            keeper.taken(identity, next);
            rotation.set(next);
            backoff.succeeded();
            return identity;
        } catch (IOException | GeneralSecurityException | RuntimeException e) { // the crypto library throws these too
            keeper.failed(Failure.ISSUE, String.valueOf(e.getMessage()));
            rotation.set(now.plus(backoff.next()));
            return null;
        }
    }

    private Instant nextRotation(Instant now, Instant expiresAt) {
        var share = random.nextDouble(EARLIEST, LATEST);
        var delay =
                Duration.ofMillis(Math.round(Duration.between(now, expiresAt).toMillis() * share));
        return now.plus(delay.compareTo(SOONEST) < 0 ? SOONEST : delay);
    }
}
