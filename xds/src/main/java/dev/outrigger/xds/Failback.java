package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// While a control plane is used that is not the first in order, finds out now and then whether one before it is
/// back, and goes back to it once it has stayed connected for a while. A probe is one connection without a
/// stream.
///
/// The pauses are jittered, so that a fleet does not return as one, and double each time a return did not last.
/// Owned by the upstream's context.
final class Failback implements Connection.Owner {
    private static final System.Logger log = System.getLogger(Failback.class.getName());
    /// How long a probe must stay connected: this, or a twelfth of the pause.
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(5);

    private static final int MOST_DOUBLINGS = 4;

    private final Duration every;
    private final Upstream upstream;
    private final InstantSource clock;
    private final RandomGenerator random;
    private @Nullable Connection probe;
    private int current;
    private int asked;
    private int doublings;
    private int round;
    private Instant returned = Instant.EPOCH;

    /// @param every mean pause between two looks; zero: never goes back
    Failback(Duration every, Upstream upstream, InstantSource clock, RandomGenerator random) {
        this.every = every;
        this.upstream = upstream;
        this.clock = clock;
        this.random = random;
    }

    /// A control plane was connected to.
    ///
    /// @param index its place in the order
    void connected(int index) {
        stop();
        current = index;
        if (index == 0 || every.isZero()) {
            return;
        }
        boolean didNotLast = clock.instant().isBefore(returned.plus(every).plus(every));
        doublings = didNotLast ? Math.min(doublings + 1, MOST_DOUBLINGS) : 0;
        schedule();
    }

    /// The connection is gone.
    void stop() {
        round++;
        if (probe != null) {
            probe.leave();
            probe = null;
        }
    }

    private void schedule() {
        int mine = ++round;
        long mean = every.toMillis() << doublings;
        upstream.after(Duration.ofMillis(mean / 2 + random.nextLong(mean + 1)), () -> {
            if (mine == round) {
                ask(0);
            }
        });
    }

    private void ask(int index) {
        asked = index;
        probe = upstream.probe(index, this);
    }

    @Override
    public void connected(Connection back) {
        upstream.after(hold(), () -> {
            if (back.equals(probe) && back.isReady()) {
                probe = null;
                returned = clock.instant();
                log.log(INFO, "control plane is back, returning to it control_plane={0}", back.name());
                upstream.adopt(asked, back);
            }
        });
    }

    private Duration hold() {
        var part = Duration.ofMillis(every.toMillis() / 12);
        return part.compareTo(LONGEST_HOLD) < 0 ? part : LONGEST_HOLD;
    }

    @Override
    public void failed(Connection dialed, String reason) {
        next(dialed);
    }

    @Override
    public void lost(Connection was, String reason) {
        next(was);
    }

    private void next(Connection ended) {
        if (!ended.equals(probe)) {
            return;
        }
        probe = null;
        if (asked + 1 < current) {
            ask(asked + 1);
        } else {
            schedule();
        }
    }
}
