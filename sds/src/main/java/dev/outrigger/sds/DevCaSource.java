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

/// Issues the own identity from a root of its own, for development: no server needed.
///
/// All state is owned by `owner`; public methods hop to it.
final class DevCaSource implements IdentitySource {
    private static final Logger LOG = System.getLogger(DevCaSource.class.getName());
    private static final String CLOSED = "the identity source is closed";
    private static final Duration SHORTEST = Duration.ofSeconds(2);

    private final CompletableFuture<Identity> first = new CompletableFuture<>();
    private final IdentityConfig.DevCa config;
    private final Executor owner;
    private final IdentityKeeper keeper;
    private final InstantSource clock;
    private final Rotation rotation;
    private final Backoff backoff;
    private final Alarm due;
    /// Null until the first identity is there.
    private @Nullable DevRoot root;

    private boolean closed;

    private DevCaSource(IdentityConfig.DevCa config, Alarms alarms, IdentityKeeper keeper, RandomGenerator random) {
        this.config = config;
        this.owner = alarms.owner();
        this.keeper = keeper;
        this.clock = alarms.clock();
        this.rotation = new Rotation(config.rotationShare(), random);
        this.backoff = new Backoff(random);
        this.due = alarms.alarm(() -> issue("the last one is due"));
    }

    /// @param worker makes root and first identity, which takes long in a JVM that has just begun
    static DevCaSource start(
            IdentityConfig.DevCa config, Executor worker, Alarms alarms, IdentityKeeper keeper, RandomGenerator random)
            throws IOException {
        if (config.lifetime().compareTo(SHORTEST) < 0) {
            throw new IOException("development CA: a lifetime of " + config.lifetime()
                    + " is too short to renew in time; use 2s or more");
        }
        DevRoot.checkSpiffeId(config.spiffeId());
        var source = new DevCaSource(config, alarms, keeper, random);
        worker.execute(source::begin);
        return source;
    }

    private void begin() {
        try {
            var opened = DevRoot.open(config.dir(), clock);
            var now = clock.instant();
            var identity = opened.issue(config.spiffeId(), now, config.lifetime());
            owner.execute(() -> {
                root = opened;
                taken(identity, now);
                first.complete(identity);
            });
        } catch (IOException | GeneralSecurityException | RuntimeException e) { // the crypto library throws these too
            first.completeExceptionally(e);
        }
    }

    @Override
    public void awaitStarted() throws IOException {
        try {
            first.join();
        } catch (CompletionException e) {
            throw new IOException(
                    e.getCause() instanceof IOException told
                            ? told.getMessage()
                            : "development CA cannot issue " + config.spiffeId() + ": " + e.getCause(),
                    e);
        }
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
        var _ = first.whenComplete((_, failure) -> {
            try {
                owner.execute(() -> renew(why, result));
            } catch (RejectedExecutionException e) {
                result.completeExceptionally(new IOException(CLOSED, e));
            }
        });
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
                due.cancel();
                keeper.close();
            });
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the owner of the identity source ended before it");
        }
    }

    private void taken(Identity identity, Instant issued) {
        var next = rotation.after(issued, identity);
        keeper.taken(identity, next);
        due.set(next);
        backoff.succeeded();
    }

    /// Null when it failed; then the next attempt is set.
    private @Nullable Identity issue(String why) {
        LOG.log(Level.DEBUG, "issuing an SVID: {0}", why);
        var now = clock.instant();
        try {
            if (root == null) {
                throw new IOException("there is no root");
            }
            var identity = root.issue(config.spiffeId(), now, config.lifetime());
            taken(identity, now);
            return identity;
        } catch (IOException | GeneralSecurityException | RuntimeException e) { // the crypto library throws these too
            var next = now.plus(backoff.next());
            keeper.failed(Failure.ISSUE, String.valueOf(e.getMessage()), next);
            due.set(next);
            return null;
        }
    }
}
