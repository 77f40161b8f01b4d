package dev.outrigger.sds;

import dev.outrigger.h2.CallStatus;
import dev.outrigger.proto.workload.X509BundlesResponse;
import dev.outrigger.proto.workload.X509SVIDResponse;
import dev.outrigger.sds.IdentityMetrics.Failure;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Follows a SPIFFE Workload API for ever: waits for its socket, opens a stream, takes each good answer,
/// reconnects. A valid identity outlives every outage, and, unless the configuration says otherwise, the end of
/// its registration. Source: the SPIFFE Workload API specification.
///
/// All state is owned by `loop`; public methods hop to it.
final class WorkloadApiSource implements IdentitySource, WorkloadApiStream.Listener {
    private static final Logger LOG = System.getLogger(WorkloadApiSource.class.getName());
    private static final String CLOSED = "the identity source is closed";
    private static final Duration SOCKET_POLL = Duration.ofMillis(200);
    /// Who accepts and then says nothing is given up after this.
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(30);
    private static final Duration HEALTHY_AFTER = Duration.ofSeconds(1);
    private static final Duration SOONEST_LOOK = Duration.ofSeconds(10);
    private static final Duration WRONG_PEER_RETRY = Duration.ofSeconds(60);
    private static final Duration BUNDLES_RETRY = Duration.ofSeconds(5);

    private final Path socket;
    private final boolean dropWhenDenied;
    /// Sources renew by themselves; who is still silent half way between that and the end has lost the stream
    /// without saying so.
    private final double overdueShare;
    private final EventLoop loop;
    private final IdentityKeeper keeper;
    private final InstantSource clock;
    private final SvidReader reader;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final Alarm overdue;
    private @Nullable WorkloadApiStream stream;
    private final Alarm retry;
    private final Alarm silence;
    private final Alarm bundlesRetry;
    private Instant connectedAt = Instant.EPOCH;
    private boolean answered;
    private final List<CompletableFuture<Identity>> asked = new ArrayList<>();
    private boolean closed;

    private WorkloadApiSource(
            IdentityConfig.WorkloadApi config,
            EventLoop loop,
            Alarms alarms,
            IdentityKeeper keeper,
            RandomGenerator random) {
        this.socket = config.socket();
        this.dropWhenDenied = config.dropWhenDenied();
        this.overdueShare = (1 + config.policy().rotationShare()) / 2;
        this.loop = loop;
        this.keeper = keeper;
        this.clock = alarms.clock();
        this.random = random;
        this.reader = new SvidReader(clock, config.hint(), config.policy().trustDomain());
        this.backoff = new Backoff(random);
        this.overdue = alarms.alarm(() -> reconnect("the source is overdue with a new SVID"));
        this.retry = alarms.alarm(this::connect);
        this.silence = alarms.alarm(this::silent);
        this.bundlesRetry = alarms.alarm(this::openBundles);
    }

    static WorkloadApiSource start(
            IdentityConfig.WorkloadApi config,
            EventLoop loop,
            Alarms alarms,
            IdentityKeeper keeper,
            RandomGenerator random) {
        var source = new WorkloadApiSource(config, loop, alarms, keeper, random);
        loop.execute(source::connect);
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
            loop.execute(() -> renew(why, result));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new IOException(CLOSED, e));
        }
        return result;
    }

    private void renew(String why, CompletableFuture<Identity> result) {
        if (closed) {
            result.completeExceptionally(new IOException(CLOSED));
            return;
        }
        asked.add(result);
        reconnect(why);
    }

    @Override
    public void close() {
        try {
            loop.execute(this::end);
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the loop of the identity source ended before it");
        }
    }

    private void end() {
        assertOnLoop();
        closed = true;
        drop();
        keeper.close();
        attemptFailed(CLOSED);
    }

    private void reconnect(String why) {
        LOG.log(Level.INFO, "asking {0} for a new SVID: {1}", keeper.status().source(), why);
        drop();
        connect();
    }

    private void connect() {
        assertOnLoop();
        if (closed) {
            return;
        }
        if (Files.exists(socket)) {
            keeper.asked();
            connectedAt = clock.instant();
            answered = false;
            silence.setIn(FIRST_ANSWER);
            stream = new WorkloadApiStream(socket, loop, this);
            return;
        }
        retry.setIn(SOCKET_POLL);
        keeper.waiting(
                "socket " + socket + " does not exist; is the SPIFFE agent's socket mounted into this container?");
        attemptFailed("socket " + socket + " does not exist");
    }

    @Override
    public void answered(WorkloadApiStream from, X509SVIDResponse response) {
        assertOnLoop();
        if (from != stream) {
            return;
        }
        silence.cancel();
        try {
            var identity = reader.read(response, keeper.inUse());
            answered = true;
            var nextLook = nextLook(identity);
            keeper.taken(identity, nextLook);
            overdue.set(nextLook);
            attemptSucceeded(identity);
        } catch (RefusedSvidException e) {
            keeper.failed(Failure.REFUSED, "answer refused: " + e.getMessage());
            overdue.setIn(SOONEST_LOOK);
            attemptFailed(e.getMessage());
        }
    }

    private void silent() {
        if (stream != null) {
            ended(
                    stream,
                    new CallStatus(
                            CallStatus.DEADLINE_EXCEEDED, "no answer within " + FIRST_ANSWER.toSeconds() + " s"));
        }
    }

    @Override
    public void bundles(WorkloadApiStream from, X509BundlesResponse response) {
        assertOnLoop();
        var identity = keeper.inUse();
        if (from != stream || identity == null) {
            return; // every answer with SVIDs has bundles too
        }
        try {
            var changed = reader.read(response, identity);
            if (!changed.equals(identity)) {
                keeper.taken(changed, keeper.status().nextRotation());
            }
        } catch (RefusedSvidException e) {
            keeper.failed(Failure.REFUSED, "bundles refused: " + e.getMessage());
        }
    }

    @Override
    public void bundlesEnded(WorkloadApiStream from, CallStatus status) {
        assertOnLoop();
        if (from == stream && status.code() != CallStatus.UNIMPLEMENTED) {
            LOG.log(Level.DEBUG, "the stream of bundles ended: {0}", status.name());
            bundlesRetry.setIn(BUNDLES_RETRY.plusMillis(random.nextLong(BUNDLES_RETRY.toMillis())));
        }
    }

    private void openBundles() {
        if (stream != null) {
            stream.openBundles();
        }
    }

    @Override
    public void ended(WorkloadApiStream from, CallStatus status) {
        assertOnLoop();
        if (from != stream) {
            return;
        }
        drop();
        retry.setIn(delay(status)); // before anybody is told: the next attempt is certain by then
        var reason = reason(status);
        keeper.failed(failure(status), reason);
        if (dropWhenDenied && failure(status) == Failure.PERMISSION_DENIED) {
            keeper.drop(reason);
        }
        attemptFailed(reason);
    }

    /// At once after a stream that was good for a while; one that ends right after its answer is not.
    private Duration delay(CallStatus status) {
        if (failure(status) == Failure.PROTOCOL || failure(status) == Failure.REFUSED) {
            return WRONG_PEER_RETRY;
        }
        if (answered && !clock.instant().isBefore(connectedAt.plus(HEALTHY_AFTER))) {
            backoff.succeeded();
            return Duration.ZERO;
        }
        return backoff.next();
    }

    private static Failure failure(CallStatus status) {
        return switch (status.code()) {
            case CallStatus.PERMISSION_DENIED -> Failure.PERMISSION_DENIED;
            case CallStatus.INVALID_ARGUMENT, CallStatus.UNIMPLEMENTED -> Failure.PROTOCOL;
            case CallStatus.RESOURCE_EXHAUSTED -> Failure.REFUSED; // among others, an answer that is too large
            default -> Failure.UNAVAILABLE;
        };
    }

    private String reason(CallStatus status) {
        var description = status.message();
        var said = status.name() + (description.isEmpty() ? "" : " (" + Quote.of(description) + ")");
        return switch (failure(status)) {
            case PERMISSION_DENIED ->
                said + ": no identity is registered for this workload; "
                        + (keeper.inUse() == null
                                ? "register it with the SPIFFE server"
                                : dropWhenDenied
                                        ? "the last one is given up, as spiffe-denied says"
                                        : "the last one is kept until it expires");
            case REFUSED -> "answer refused: " + said;
            case PROTOCOL -> said + ": " + socket + " is not a SPIFFE Workload API";
            default -> status.code() == CallStatus.OK ? "the stream ended" : said;
        };
    }

    private Instant nextLook(Identity identity) {
        var now = clock.instant();
        var share = Duration.ofMillis(
                Math.round(Duration.between(now, identity.expiresAt()).toMillis() * overdueShare));
        return now.plus(share.compareTo(SOONEST_LOOK) < 0 ? SOONEST_LOOK : share);
    }

    private void drop() {
        retry.cancel();
        silence.cancel();
        bundlesRetry.cancel();
        overdue.cancel();
        if (stream != null) {
            stream.close();
            stream = null;
        }
    }

    private void attemptSucceeded(Identity identity) {
        var waiting = List.copyOf(asked);
        asked.clear();
        waiting.forEach(future -> future.complete(identity));
    }

    private void attemptFailed(@Nullable String reason) {
        var waiting = List.copyOf(asked);
        asked.clear();
        var error = new IOException(keeper.status().source() + ": " + reason);
        waiting.forEach(future -> future.completeExceptionally(error));
    }

    private void assertOnLoop() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("not on the loop that owns this source");
        }
    }
}
