package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Brings what is kept to disk: a second after it changes, now and then while the control plane answers, so that
/// a quiet one does not make the file look old, and at close.
///
/// The file is written as a whole, so the pause between two writes grows with it: steady churn of one resource
/// among many writes no more than {@link #BYTES_A_SECOND}. What an agent that is killed loses is what was
/// accepted within that pause. When the control plane goes away the pause ends: from then on the file is what
/// counts.
///
/// Any thread; its fields are guarded by it.
final class SnapshotSaver implements AutoCloseable {
    private static final System.Logger log = System.getLogger(SnapshotSaver.class.getName());
    private static final Duration DEBOUNCE = Duration.ofSeconds(1);
    /// 6 MB, the configuration of a large mesh, are written every 30 s at most: a thousandth of one CPU.
    private static final long BYTES_A_SECOND = 200_000;
    private static final int REFRESHES = 24;

    private final KnownGood known;
    private final SnapshotFile file;
    private final ScheduledExecutorService timer;
    private final Executor offload;
    private final InstantSource clock;
    private final Object writing = new Object();
    private boolean due;
    private boolean closed;
    private boolean failed;
    private Instant rested = Instant.EPOCH;
    private @Nullable Future<?> write;
    private @Nullable Future<?> refresh;

    private SnapshotSaver(
            KnownGood known, SnapshotFile file, ScheduledExecutorService timer, Executor offload, InstantSource clock) {
        this.known = known;
        this.file = file;
        this.timer = timer;
        this.offload = offload;
        this.clock = clock;
    }

    /// Takes over what the file holds, if it may be used; a file that may not is told in one line and never stops
    /// a start. Does not wait for that.
    ///
    /// @param offload reads, and runs each write; may block
    /// @param restored run once something was taken over
    static SnapshotSaver start(
            KnownGood known,
            SnapshotConfig config,
            ScheduledExecutorService timer,
            Executor offload,
            InstantSource clock,
            Runnable restored) {
        var saver = new SnapshotSaver(known, new SnapshotFile(config.file()), timer, offload, clock);
        known.onChange(saver::changed);
        long every = config.maxAge().toMillis() / REFRESHES + 1;
        synchronized (saver) {
            saver.refresh = timer.scheduleWithFixedDelay(saver::refresh, every, every, TimeUnit.MILLISECONDS);
        }
        offload.execute(() -> {
            if (saver.restore()) {
                restored.run();
            }
        });
        return saver;
    }

    private boolean restore() {
        String refusal;
        try {
            var kept = file.read();
            refusal = kept == null ? null : known.refusal(kept);
            if (kept != null && refusal == null) {
                known.restore(kept);
                log.log(
                        INFO,
                        "last known good of the control plane loaded file={0} as_of={1}",
                        file.path(),
                        kept.asOf());
                return true;
            }
        } catch (IOException | RuntimeException e) {
            refusal = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        if (refusal != null) {
            log.log(WARNING, "last known good of the control plane refused file={0}: {1}", file.path(), refusal);
        }
        return false;
    }

    /// Something is to be written.
    ///
    /// @param urgent whether what waits is not to wait for the pause that the last write asks for
    private synchronized void changed(boolean urgent) {
        if (closed || (due && !urgent)) {
            return;
        }
        if (write != null) {
            write.cancel(false);
        }
        var rest = Duration.between(clock.instant(), rested);
        var delay = urgent && due ? Duration.ZERO : rest.compareTo(DEBOUNCE) < 0 ? DEBOUNCE : rest;
        due = true;
        write = timer.schedule(() -> offload.execute(this::writeIfDue), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void refresh() {
        if (known.isAnswering()) {
            changed(false);
        }
    }

    /// Decides and writes in one, so that one who closes either waits for it or comes first.
    private void writeIfDue() {
        synchronized (writing) {
            if (takeDue()) {
                write();
            }
        }
    }

    private synchronized boolean takeDue() {
        var was = due;
        due = false;
        return was;
    }

    /// By whoever holds `writing`.
    private void write() {
        try (var snapshot = known.snapshot()) {
            rest(file.write(snapshot));
            failed = false;
        } catch (IOException | RuntimeException e) {
            if (!failed) {
                log.log(WARNING, "last known good cannot be written file={0}: {1}", file.path(), e.toString());
            }
            failed = true; // once is enough, until it works again
        }
    }

    private synchronized void rest(long bytes) {
        rested = clock.instant().plusMillis(bytes * 1000 / BYTES_A_SECOND);
    }

    /// Writes what is not on disk yet; nothing is written any more when it returns.
    @Override
    public void close() {
        boolean last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = takeDue() || known.isAnswering();
            if (refresh != null) {
                refresh.cancel(false);
            }
        }
        synchronized (writing) {
            if (last) {
                write();
            }
        }
    }
}
