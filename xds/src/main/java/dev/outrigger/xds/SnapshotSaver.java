package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Brings what is kept to disk: at most once a second while it changes, now and then while the control plane
/// answers, so that a quiet one does not make the file look old, and at close. Any thread; its fields are guarded
/// by it.
final class SnapshotSaver implements AutoCloseable {
    private static final System.Logger log = System.getLogger(SnapshotSaver.class.getName());
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int REFRESHES = 24;

    private final KnownGood known;
    private final SnapshotFile file;
    private final ScheduledExecutorService timer;
    private final Executor offload;
    private final Object writing = new Object();
    private boolean due;
    private boolean closed;
    private boolean failed;
    private @Nullable Future<?> refresh;

    private SnapshotSaver(KnownGood known, SnapshotFile file, ScheduledExecutorService timer, Executor offload) {
        this.known = known;
        this.file = file;
        this.timer = timer;
        this.offload = offload;
    }

    /// Takes over what the file holds, if it may be used; a file that may not is told in one line and never stops
    /// a start.
    ///
    /// @param offload runs each write; may block
    static SnapshotSaver start(
            KnownGood known, SnapshotConfig config, ScheduledExecutorService timer, Executor offload) {
        var saver = new SnapshotSaver(known, new SnapshotFile(config.file()), timer, offload);
        saver.restore();
        known.onChange(saver::changed);
        long every = config.maxAge().dividedBy(REFRESHES).plusMillis(1).toMillis();
        synchronized (saver) {
            saver.refresh = timer.scheduleWithFixedDelay(saver::refresh, every, every, TimeUnit.MILLISECONDS);
        }
        return saver;
    }

    private void restore() {
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
            }
        } catch (IOException e) {
            refusal = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        if (refusal != null) {
            log.log(WARNING, "last known good of the control plane refused file={0}: {1}", file.path(), refusal);
        }
    }

    /// Something is to be written.
    synchronized void changed() {
        if (!due && !closed) {
            due = true;
            var _ = timer.schedule(() -> offload.execute(this::writeIfDue), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void refresh() {
        if (known.isAnswering()) {
            changed();
        }
    }

    private void writeIfDue() {
        synchronized (this) {
            if (!due) {
                return;
            }
            due = false;
        }
        write();
    }

    private void write() {
        synchronized (writing) {
            try {
                file.write(known.snapshot());
                failed = false;
            } catch (IOException | RuntimeException e) {
                if (!failed) {
                    log.log(WARNING, "last known good cannot be written file={0}: {1}", file.path(), e.toString());
                }
                failed = true; // once is enough, until it works again
            }
        }
    }

    /// Writes what is not on disk yet.
    @Override
    public void close() {
        boolean write;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            write = due || known.isAnswering();
            due = false;
            if (refresh != null) {
                refresh.cancel(false);
            }
        }
        if (write) {
            write();
        }
    }
}
