package dev.outrigger.sds;

import dev.outrigger.proto.workload.X509SVIDResponse;
import dev.outrigger.sds.IdentityMetrics.Failure;
import io.grpc.Status;
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
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Follows a SPIFFE Workload API for ever: waits for its socket, opens a stream, takes each good answer, reconnects.
/// A valid identity outlives every outage. Source: the SPIFFE Workload API specification.
///
/// All state is owned by `loop`; public methods hop to it.
final class WorkloadApiSource implements IdentitySource {
    private static final Logger LOG = System.getLogger(WorkloadApiSource.class.getName());
    private static final Duration SOCKET_POLL = Duration.ofMillis(200);
    private static final Duration WRONG_PEER_RETRY = Duration.ofSeconds(60);
    /// Sources renew at half of the lifetime; who is still silent here has lost the stream without saying so.
    private static final double OVERDUE = 0.75;

    private final Path socket;
    private final EventLoop loop;
    private final IdentityKeeper keeper;
    private final InstantSource clock;
    private final SvidReader reader;
    private final Backoff backoff;
    private final Alarm overdue;
    private @Nullable WorkloadApiStream stream;
    private final Alarm retry;
    private final List<CompletableFuture<Identity>> asked = new ArrayList<>();
    private boolean closed;

    private WorkloadApiSource(
            Path socket, EventLoop loop, Alarms alarms, IdentityKeeper keeper, RandomGenerator random) {
        this.socket = socket;
        this.loop = loop;
        this.keeper = keeper;
        this.clock = alarms.clock();
        this.reader = new SvidReader(clock);
        this.backoff = new Backoff(random);
        this.overdue = alarms.alarm(() -> reconnect("the source is overdue with a new SVID"));
        this.retry = alarms.alarm(this::connect);
    }

    static WorkloadApiSource start(
            Path socket, EventLoop loop, Alarms alarms, IdentityKeeper keeper, RandomGenerator random) {
        var source = new WorkloadApiSource(socket, loop, alarms, keeper, random);
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
        loop.execute(() -> {
            if (closed) {
                result.completeExceptionally(new IOException("the identity source is closed"));
                return;
            }
            asked.add(result);
            reconnect(why);
        });
        return result;
    }

    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            drop();
            overdue.cancel();
            keeper.close();
            attemptFailed("the identity source is closed");
        });
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
            stream = new WorkloadApiStream(socket, loop, this::answered, this::ended);
            stream.open();
            return;
        }
        keeper.waiting(
                "socket " + socket + " does not exist; is the SPIFFE agent's socket mounted into this container?");
        attemptFailed("socket " + socket + " does not exist");
        again(SOCKET_POLL);
    }

    private void answered(WorkloadApiStream from, X509SVIDResponse response) {
        assertOnLoop();
        if (from != stream) {
            return;
        }
        try {
            var last = keeper.inUse();
            var identity = reader.read(response, last);
            var nextLook = shareOfLife(identity);
            keeper.taken(identity, nextLook);
            if (!identity.equals(last)) {
                overdue.set(nextLook);
            }
            backoff.succeeded();
            attemptSucceeded(identity);
        } catch (RefusedSvidException e) {
            keeper.failed(Failure.REFUSED, "answer refused: " + e.getMessage());
            attemptFailed(e.getMessage());
        }
    }

    private void ended(WorkloadApiStream from, Status status) {
        assertOnLoop();
        if (from != stream) {
            return;
        }
        drop();
        var reason = reason(status);
        keeper.failed(failure(status), reason);
        attemptFailed(reason);
        again(failure(status) == Failure.PROTOCOL ? WRONG_PEER_RETRY : backoff.next());
    }

    private static Failure failure(Status status) {
        return switch (status.getCode()) {
            case PERMISSION_DENIED -> Failure.PERMISSION_DENIED;
            case INVALID_ARGUMENT, UNIMPLEMENTED -> Failure.PROTOCOL;
            default -> Failure.UNAVAILABLE;
        };
    }

    private String reason(Status status) {
        var said = status.getCode() + (status.getDescription() == null ? "" : " (" + status.getDescription() + ")");
        return switch (failure(status)) {
            case PERMISSION_DENIED ->
                said + ": no identity is registered for this workload; "
                        + (keeper.inUse() == null
                                ? "register it with the SPIFFE server"
                                : "the last one is kept until it expires");
            case PROTOCOL -> said + ": " + socket + " is not a SPIFFE Workload API";
            default -> status.isOk() ? "the stream ended" : said + causeOf(status);
        };
    }

    private static String causeOf(Status status) {
        var cause = status.getCause();
        return cause == null ? "" : ": " + cause.getMessage();
    }

    private Instant shareOfLife(Identity identity) {
        var now = clock.instant();
        var left = Duration.between(now, identity.expiresAt());
        return now.plusMillis(Math.round(left.toMillis() * OVERDUE));
    }

    private void again(Duration delay) {
        retry.setIn(delay);
    }

    private void drop() {
        retry.cancel();
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
