package dev.outrigger.sds;

import dev.outrigger.health.Condition;
import dev.outrigger.sds.IdentityMetrics.Failure;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Holds the identity in use and reports on it: to health, to metrics, to the log and to the status page.
///
/// Owned by the loop of its source; `latest` and `status` may be read from anywhere.
final class IdentityKeeper {
    private static final Logger LOG = System.getLogger(IdentityKeeper.class.getName());

    private static final Duration REMINDER = Duration.ofSeconds(15);

    private final Latest<Identity> latest = new Latest<>();
    private final IdentityMetrics metrics;
    private final Condition condition;
    private final InstantSource clock;
    private final Alarm expiry;
    private final Alarm reminder;
    private volatile IdentityStatus status;

    IdentityKeeper(String source, MeterRegistry registry, Condition condition, Alarms alarms) {
        this.clock = alarms.clock();
        this.metrics = new IdentityMetrics(registry, clock);
        this.condition = condition;
        this.expiry = alarms.alarm(this::expired);
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

    /// A valid identity came.
    ///
    /// @param nextRotation when the source will look for another one
    void taken(Identity identity, Instant nextRotation) {
        var last = inUse();
        var changed = !identity.equals(last);
        var before = status;
        status = before.taken(
                identity,
                changed || before.receivedAt() == null ? clock.instant() : before.receivedAt(),
                nextRotation,
                changed);
        reminder.cancel();
        if (changed) {
            log(identity, last, nextRotation);
            metrics.rotated(identity);
            latest.publish(identity);
            expiry.set(identity.expiresAt());
        }
        report();
    }

    private static void log(Identity identity, @Nullable Identity last, Instant nextRotation) {
        var sameSvid = last != null && last.chain().equals(identity.chain());
        LOG.log(
                Level.INFO,
                sameSvid
                        ? "trust bundles changed id={0} expires_at={1} next_rotation={2}"
                        : "SVID rotated id={0} expires_at={1} next_rotation={2}",
                identity.spiffeId(),
                identity.expiresAt(),
                nextRotation);
    }

    /// The source was asked; until it answers, a reminder is logged every 15 s.
    void asked() {
        if (!reminder.isSet()) {
            reminder.setIn(REMINDER);
        }
    }

    /// No new identity came; the one in use stays.
    void failed(Failure failure, String reason) {
        metrics.failed(failure);
        waiting(reason);
    }

    /// As {@link #failed} without counting: the attempt could not even be made.
    void waiting(String reason) {
        var before = status;
        if (!reason.equals(before.lastError())) {
            LOG.log(Level.WARNING, "no new identity from {0}: {1}", before.source(), reason);
            reminder.setIn(REMINDER);
        }
        asked();
        status = before.failed(reason, clock.instant(), before.nextRotation());
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
        reminder.cancel();
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
