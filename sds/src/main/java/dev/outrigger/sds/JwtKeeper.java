package dev.outrigger.sds;

import dev.outrigger.proto.workload.JWTSVIDResponse;
import io.grpc.Status;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The JWT-SVID of one audience: fetched when it is first followed, again at 45 to 55 % of its life, and with
/// jittered pauses while that fails. A token that is good stays meanwhile.
///
/// Owned by the loop of {@link JwtSvids}.
final class JwtKeeper {
    private static final Logger LOG = System.getLogger(JwtKeeper.class.getName());
    /// However little of a life is left: nobody is asked more often.
    private static final Duration SOONEST = Duration.ofSeconds(1);

    private static final double EARLIEST = 0.45;
    private static final double LATEST = 0.55;

    private final String audience;
    private final Asking asking;
    private final Alarms alarms;
    private final RandomGenerator random;
    private final JwtMetrics metrics;
    private final Backoff backoff;
    private final Alarm refresh;
    private final List<Follower> followers = new ArrayList<>();
    private @Nullable JwtSvid token;
    private Instant refreshAt = Instant.EPOCH;
    private @Nullable Runnable inFlight;

    /// One that hears of the token.
    static final class Follower {
        private final Consumer<JwtSvid> found;
        private final Consumer<String> failed;
        private boolean told;

        Follower(Consumer<JwtSvid> found, Consumer<String> failed) {
            this.found = found;
            this.failed = failed;
        }

        void found(JwtSvid token) {
            told = true;
            found.accept(token);
        }

        void failed(String reason) {
            failed.accept(reason);
        }
    }

    /// Asks once; exactly one of the consumers is called, on the loop, unless it is given up by the result.
    interface Asking {
        Runnable ask(Consumer<JWTSVIDResponse> answered, Consumer<Status> failed);
    }

    JwtKeeper(String audience, Asking asking, Alarms alarms, RandomGenerator random, JwtMetrics metrics) {
        this.audience = audience;
        this.asking = asking;
        this.alarms = alarms;
        this.random = random;
        this.metrics = metrics;
        this.backoff = new Backoff(random);
        this.refresh = alarms.alarm(this::ask);
    }

    /// Tells the token at once when it is in the first half of its life, else once it has been asked for.
    void add(Follower follower) {
        followers.add(follower);
        if (token != null && alarms.clock().instant().isBefore(refreshAt)) {
            follower.found(token);
            refresh.set(refreshAt);
        } else {
            ask();
        }
    }

    void remove(Follower follower) {
        followers.remove(follower);
        if (followers.isEmpty()) {
            refresh.cancel();
        }
    }

    /// Whether nobody follows it and it is worth nothing any more.
    boolean isIdle() {
        return followers.isEmpty()
                && inFlight == null
                && (token == null || !alarms.clock().instant().isBefore(refreshAt));
    }

    void close() {
        followers.clear();
        refresh.cancel();
        if (inFlight != null) {
            inFlight.run();
        }
    }

    private void ask() {
        if (inFlight == null) {
            inFlight = asking.ask(this::answered, this::failed);
        }
    }

    private void answered(JWTSVIDResponse response) {
        inFlight = null;
        try {
            taken(read(response));
        } catch (IOException e) {
            failed("answer of the Workload API refused: " + e.getMessage());
        }
    }

    /// The first one is the default one by the specification.
    private JwtSvid read(JWTSVIDResponse response) throws IOException {
        if (response.getSvidsCount() == 0) {
            throw new IOException("it holds no JWT-SVID");
        }
        var svid = JwtSvid.parse(response.getSvids(0).getSvid());
        if (!svid.audience().contains(audience)) {
            throw new IOException("the token is for another audience");
        }
        if (!alarms.clock().instant().isBefore(svid.expiresAt())) {
            throw new IOException("the token expired " + svid.expiresAt() + "; is the clock of this machine right?");
        }
        return svid;
    }

    private void taken(JwtSvid next) {
        var now = alarms.clock().instant();
        token = next;
        backoff.succeeded();
        metrics.fetched();
        var share = random.nextDouble(EARLIEST, LATEST);
        var delay = Duration.ofMillis(
                Math.round(Duration.between(now, next.expiresAt()).toMillis() * share));
        refreshAt = now.plus(delay.compareTo(SOONEST) < 0 ? SOONEST : delay);
        if (!followers.isEmpty()) {
            refresh.set(refreshAt);
        }
        LOG.log(
                Level.INFO,
                "JWT-SVID fetched audience={0} id={1} expires_at={2} next_fetch={3}",
                audience,
                next.spiffeId(),
                next.expiresAt(),
                refreshAt);
        List.copyOf(followers).forEach(follower -> follower.found(next));
    }

    private void failed(Status status) {
        inFlight = null;
        failed(reason(status));
    }

    private static String reason(Status status) {
        var said = status.getCode() + (status.getDescription() == null ? "" : " (" + status.getDescription() + ")");
        var cause = status.getCause() == null ? "" : ": " + status.getCause().getMessage();
        return "no JWT-SVID from the Workload API: " + said
                + switch (status.getCode()) {
                    case PERMISSION_DENIED -> ": no identity is registered for this workload; register it there";
                    case UNIMPLEMENTED -> ": it has no JWT-SVIDs";
                    default -> cause;
                };
    }

    private void failed(String reason) {
        metrics.failed();
        if (!followers.isEmpty()) {
            refresh.setIn(backoff.next());
        }
        var stillGood = token != null && alarms.clock().instant().isBefore(token.expiresAt()) ? token : null;
        for (var follower : List.copyOf(followers)) {
            if (stillGood != null && !follower.told) {
                follower.found(stillGood);
            }
            follower.failed(reason);
        }
    }
}
