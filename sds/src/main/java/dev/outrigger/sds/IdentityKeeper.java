package dev.outrigger.sds;

import dev.outrigger.health.Condition;
import dev.outrigger.sds.IdentityMetrics.Failure;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// Holds the identity in use and reports on it: to health, to metrics, to the log and to the status page.
///
/// Owned by the owner of its source; `latest` and `status` may be read from anywhere.
final class IdentityKeeper {
    private static final Logger LOG = System.getLogger(IdentityKeeper.class.getName());

    private static final Duration REMINDER = Duration.ofSeconds(15);
    /// This share of its life before the end, and again each time half of the rest is over, an identity that
    /// nobody renewed is told.
    private static final int LAST_SHARE = 5;

    private static final Duration LAST_WARNING = Duration.ofSeconds(10);

    private final Latest<Identity> latest = new Latest<>();
    private final IdentityMetrics metrics;
    private final Condition condition;
    private final InstantSource clock;
    private final Alarm expiry;
    private final Alarm ending;
    private final Alarm reminder;
    private volatile IdentityStatus status;

    IdentityKeeper(String source, MeterRegistry registry, Condition condition, Alarms alarms) {
        this.clock = alarms.clock();
        this.metrics = new IdentityMetrics(registry, clock);
        this.condition = condition;
        this.expiry = alarms.alarm(this::expired);
        this.ending = alarms.alarm(this::ending);
        this.reminder = alarms.alarm(this::remind);
        this.status = IdentityStatus.none(source);
        condition.unmet("no identity yet: waiting for " + source);
    }

    Latest<Identity> latest() {
        return latest;
    }

    IdentityStatus status() {
        return status;
    }

    @Nullable
    Identity inUse() {
        return latest.get().orElse(null);
    }

    /// How long the identity in use is good for; zero when there is none or it has expired.
    Duration left() {
        var identity = inUse();
        if (identity == null) {
            return Duration.ZERO;
        }
        var left = Duration.between(clock.instant(), identity.expiresAt());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /// A valid identity came.
    ///
    /// @param nextRotation when the source will look for another one; null when it is only followed
    void taken(Identity identity, @Nullable Instant nextRotation) {
        var last = inUse();
        var changed = !identity.equals(last);
        var sameSvid = last != null && last.hasChainOf(identity);
        if (changed) {
            latest.publish(identity); // first: clients wait for it
        }
        var before = status;
        var received = before.receivedAt();
        status = before.taken(
                identity, sameSvid && received != null ? received : clock.instant(), nextRotation, changed);
        reminder.cancel();
        if (changed) {
            LOG.log(
                    Level.INFO,
                    sameSvid
                            ? "trust bundles changed id={0} expires_at={1} next_rotation={2}"
                            : "SVID rotated id={0} expires_at={1} next_rotation={2}",
                    identity.spiffeId(),
                    identity.expiresAt(),
                    nextRotation == null ? "when the source brings one" : nextRotation);
            metrics.rotated(identity);
            expiry.set(identity.expiresAt());
            ending.set(identity.expiresAt().minus(Duration.ofMillis(left().toMillis() / LAST_SHARE)));
        }
        report();
    }

    /// The source was asked; until it answers, a reminder is logged every 15 s.
    void asked() {
        if (!reminder.isSet()) {
            reminder.setIn(REMINDER);
        }
    }

    /// No new identity came; the one in use stays.
    void failed(Failure failure, String reason) {
        failed(failure, reason, status.nextRotation());
    }

    /// @param nextAttempt when the source asks again
    void failed(Failure failure, String reason, @Nullable Instant nextAttempt) {
        metrics.failed(failure);
        waiting(reason, nextAttempt);
    }

    /// As {@link #failed} without counting: the attempt could not even be made.
    void waiting(String reason) {
        waiting(reason, status.nextRotation());
    }

    private void waiting(String reason, @Nullable Instant nextAttempt) {
        var before = status;
        if (!reason.equals(before.lastError())) {
            LOG.log(Level.WARNING, "no new identity from {0}: {1}", before.source(), reason);
            reminder.setIn(REMINDER);
        }
        asked();
        status = before.failed(reason, clock.instant(), nextAttempt);
        report();
    }

    /// The identity in use must not be used any more.
    void drop(String reason) {
        if (inUse() == null) {
            return;
        }
        LOG.log(Level.ERROR, "SVID given up id={0}: {1}", status.spiffeId(), reason);
        expiry.cancel();
        ending.cancel();
        metrics.dropped();
        status = status.dropped();
        latest.withdraw();
        report();
    }

    private void remind() {
        var error = status.lastError();
        LOG.log(
                Level.WARNING,
                "still no new identity from {0}: {1}",
                status.source(),
                error == null ? "it does not answer" : error);
        reminder.setIn(REMINDER);
    }

    void close() {
        expiry.cancel();
        ending.cancel();
        reminder.cancel();
    }

    private void ending() {
        var left = left();
        var error = status.lastError();
        LOG.log(
                Level.WARNING,
                "SVID ends soon and has not been renewed id={0} expires_at={1} in={2}: {3}",
                status.spiffeId(),
                status.expiresAt(),
                left.truncatedTo(ChronoUnit.SECONDS),
                error == null ? "nothing new has come from " + status.source() : error);
        if (left.compareTo(LAST_WARNING) > 0) {
            ending.setIn(Duration.ofMillis(left.toMillis() / 2));
        }
        report();
    }

    private void expired() {
        LOG.log(Level.ERROR, "SVID expired id={0} expired_at={1}", status.spiffeId(), status.expiresAt());
        report();
    }

    private void report() {
        var identity = inUse();
        var error = status.lastError();
        if (identity == null) {
            condition.unmet("no identity yet: " + (error == null ? "none has been received" : error));
            return;
        }
        var svid = "SVID " + identity.spiffeId();
        var trouble = error == null ? "" : "; cannot be renewed: " + error;
        if (clock.instant().isBefore(identity.expiresAt())) {
            condition.met(svid + " expires " + identity.expiresAt() + trouble);
        } else {
            condition.unmet(svid + " expired " + identity.expiresAt() + trouble);
        }
    }
}
