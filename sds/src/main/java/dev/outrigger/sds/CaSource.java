package dev.outrigger.sds;

import dev.outrigger.sds.Authority.RequestFailedException;
import dev.outrigger.sds.IdentityMetrics.Failure;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Has a certificate authority sign a new key, and again at a share of each certificate's lifetime. One request
/// at a time; one that fails is repeated with jittered pauses, which grow to a minute while there is time, and
/// the valid identity stays.
///
/// All state is owned by `owner`; public methods hop to it. What blocks runs on `worker`.
final class CaSource implements IdentitySource {
    private static final Logger LOG = System.getLogger(CaSource.class.getName());
    private static final String CLOSED = "the identity source is closed";
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration SHORTEST_CAP = Duration.ofSeconds(1);
    private static final Duration LONGEST_CAP = Duration.ofSeconds(60);
    /// While there is no valid identity at all.
    private static final Duration URGENT_CAP = Duration.ofSeconds(10);
    private static final int CAP_SHARE = 10;
    /// What an authority refuses it rarely grants a moment later.
    private static final Duration REFUSED_PAUSE = Duration.ofSeconds(5);
    /// Beyond the request's own limit: for name resolution, files and the key.
    private static final Duration SLACK = Duration.ofSeconds(20);
    private static final Duration BUNDLE_LOOK = Duration.ofSeconds(10);

    private final IdentityConfig.Ca config;
    private final Authority authority;
    private final SignedReader reader;
    private final Executor worker;
    private final Executor owner;
    private final IdentityKeeper keeper;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final Rotation rotation;
    private final RootOverlap overlap = new RootOverlap();
    private final Alarm due;
    private final Alarm hung;
    private final Alarm bundleLook;
    private final List<CompletableFuture<Identity>> asked = new ArrayList<>();
    /// Number of the attempt that is under way or was last; answers of earlier ones are too late.
    private long attempt;
    private boolean running;
    private boolean closed;

    /// What an attempt brought.
    private sealed interface Outcome {
        record Signed(Identity identity) implements Outcome {}

        record Failed(Failure failure, boolean soon, String reason) implements Outcome {}
    }

    private CaSource(
            IdentityConfig.Ca config,
            Authority authority,
            Executor worker,
            Alarms alarms,
            IdentityKeeper keeper,
            RandomGenerator random) {
        this.config = config;
        this.authority = authority;
        this.worker = worker;
        this.owner = alarms.owner();
        this.keeper = keeper;
        this.clock = alarms.clock();
        this.random = random;
        this.reader = new SignedReader(new SvidVerifier(clock, config.policy().trustDomain()), config.bundleFile());
        this.backoff = new Backoff(random, FIRST_PAUSE);
        this.rotation = new Rotation(config.policy().rotationShare(), random);
        this.due = alarms.alarm(() -> request("the last certificate is due, or was not had"));
        this.hung = alarms.alarm(this::hung);
        this.bundleLook = alarms.alarm(this::lookAtBundle);
    }

    static CaSource start(
            IdentityConfig.Ca config,
            Authority authority,
            Executor worker,
            Alarms alarms,
            IdentityKeeper keeper,
            RandomGenerator random) {
        var source = new CaSource(config, authority, worker, alarms, keeper, random);
        source.owner.execute(() -> source.request("start"));
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
            owner.execute(() -> {
                if (closed) {
                    result.completeExceptionally(new IOException(CLOSED));
                } else {
                    asked.add(result);
                    request(why);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new IOException(CLOSED, e));
        }
        return result;
    }

    @Override
    public void close() {
        try {
            owner.execute(this::end);
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the owner of the identity source ended before it");
        }
    }

    private void end() {
        closed = true;
        attempt++;
        due.cancel();
        hung.cancel();
        bundleLook.cancel();
        keeper.close();
        failAsked(CLOSED);
    }

    private void request(String why) {
        if (closed || running) {
            return;
        }
        LOG.log(Level.DEBUG, "requesting a certificate: {0}", why);
        running = true;
        due.cancel();
        keeper.asked();
        hung.setIn(config.timeout().plus(SLACK));
        long number = ++attempt;
        int pick = random.nextInt();
        worker.execute(() -> {
            var outcome = attempt(pick);
            report(() -> ended(number, outcome));
        });
    }

    /// On the worker.
    private Outcome attempt(int pick) {
        try {
            var request = CertificateRequest.of(config.spiffeId(), config.key());
            return new Outcome.Signed(reader.read(request.key(), authority.sign(request.pem(), pick)));
        } catch (RequestFailedException e) {
            return new Outcome.Failed(e.failure(), e.soon(), String.valueOf(e.getMessage()));
        } catch (RefusedSvidException e) {
            return new Outcome.Failed(Failure.REFUSED, false, "answer refused: " + e.getMessage());
        } catch (GeneralSecurityException | RuntimeException e) { // the crypto library throws these too
            return new Outcome.Failed(Failure.ISSUE, false, "cannot make a request: " + Quote.reason(e));
        }
    }

    private void report(Runnable outcome) {
        try {
            owner.execute(outcome);
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the owner of the identity source ended before its answer");
        }
    }

    private void hung() {
        ended(attempt, new Outcome.Failed(Failure.TIMEOUT, true, "the request hangs; it was given up"));
    }

    private void ended(long number, Outcome outcome) {
        if (number != attempt || !running) {
            return;
        }
        running = false;
        attempt++;
        hung.cancel();
        if (outcome instanceof Outcome.Signed signed) { // no switch: the JVM makes one by types anew in each start
            signed(signed.identity());
        } else if (outcome instanceof Outcome.Failed failed) {
            failed(failed);
        }
    }

    private void signed(Identity issued) {
        if (!issued.spiffeId().equals(config.spiffeId())) {
            LOG.log(
                    Level.DEBUG,
                    "the authority issued for another identity asked={0} issued={1}",
                    config.spiffeId(),
                    issued.spiffeId());
        }
        var now = clock.instant();
        var identity = config.bundleFile().isPresent() ? issued : overlap.with(issued, now);
        backoff.succeeded();
        var next = rotation.after(now, identity);
        keeper.taken(identity, next);
        due.set(next);
        if (config.bundleFile().isPresent()) {
            bundleLook.setIn(BUNDLE_LOOK);
        }
        var waiting = List.copyOf(asked);
        asked.clear();
        waiting.forEach(future -> future.complete(identity));
    }

    private void failed(Outcome.Failed failed) {
        var pause = backoff.next(cap());
        var delay = failed.soon || pause.compareTo(REFUSED_PAUSE) > 0
                ? pause
                : REFUSED_PAUSE.plusMillis(random.nextLong(REFUSED_PAUSE.toMillis()));
        keeper.failed(failed.failure, failed.reason, clock.instant().plus(delay));
        due.setIn(delay);
        failAsked(failed.reason);
    }

    /// The longer the identity is good for, the less hurry.
    private Duration cap() {
        var left = keeper.left();
        if (left.isZero()) {
            return URGENT_CAP;
        }
        var share = Duration.ofMillis(left.toMillis() / CAP_SHARE);
        return share.compareTo(SHORTEST_CAP) < 0
                ? SHORTEST_CAP
                : share.compareTo(LONGEST_CAP) > 0 ? LONGEST_CAP : share;
    }

    private void failAsked(@Nullable String reason) {
        var waiting = List.copyOf(asked);
        asked.clear();
        var error = new IOException(keeper.status().source() + ": " + reason);
        waiting.forEach(future -> future.completeExceptionally(error));
    }

    /// Other roots need no other certificate.
    private void lookAtBundle() {
        var identity = keeper.inUse();
        if (closed || identity == null || config.bundleFile().isEmpty()) {
            return;
        }
        var file = config.bundleFile().get();
        worker.execute(() -> {
            try {
                var now = reader.withBundle(file, identity);
                report(() -> bundleRead(identity, now, null));
            } catch (RefusedSvidException e) {
                report(() -> bundleRead(identity, null, e.getMessage()));
            }
        });
    }

    private void bundleRead(Identity before, @Nullable Identity now, @Nullable String refusal) {
        if (closed) {
            return;
        }
        bundleLook.setIn(BUNDLE_LOOK);
        if (!before.equals(keeper.inUse())) {
            return;
        }
        if (now == null) {
            var reason = "bundle refused: " + refusal;
            if (!reason.equals(keeper.status().lastError())) {
                keeper.failed(Failure.REFUSED, reason);
            }
        } else if (!now.equals(before) || isBundleTrouble(keeper.status().lastError())) {
            keeper.taken(now, keeper.status().nextRotation());
        }
    }

    private static boolean isBundleTrouble(@Nullable String error) {
        return error != null && error.startsWith("bundle refused: ");
    }
}
