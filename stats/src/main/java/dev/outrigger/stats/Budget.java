package dev.outrigger.stats;

import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Bytes of metrics that all scrapes together may hold, so that no scraper and no application can use up the
/// heap. Any thread.
///
/// What is expected is reserved before a source is asked, first come first served. What is needed beyond that is
/// taken if it is there, and never from a part that is kept for reservations: a source that never ends leaves the
/// others theirs.
final class Budget {
    private final int all;
    private final Semaphore free;
    private final Semaphore unexpected;

    /// @param bytes what may be held together
    Budget(int bytes) {
        this(bytes, 0);
    }

    /// @param unexpectedBytes what may be held together beyond reservations
    /// @param keptBytes what only reservations may use
    Budget(int unexpectedBytes, int keptBytes) {
        this.all = unexpectedBytes + keptBytes;
        this.free = new Semaphore(all, true);
        this.unexpected = new Semaphore(unexpectedBytes);
    }

    /// A share without a reservation.
    Lease lease() {
        return new Lease(0);
    }

    /// Waits until all of this is free at once; whoever waits holds nothing, so that scrapes cannot block each
    /// other.
    ///
    /// @param sizes bytes of each share; together at most half of the budget is reserved, the rest has to be
    ///     there when it is taken
    /// @param mostMillis after this long the shares are without reservations
    /// @return a share for each, in that order
    List<Lease> reserve(List<Integer> sizes, long mostMillis) throws InterruptedIOException {
        var most = all / 2 / Math.max(1, sizes.size());
        var reserved = sizes.stream().map(size -> Math.min(size, most)).toList();
        var isThere = waitFor(reserved.stream().mapToInt(Integer::intValue).sum(), mostMillis);
        return reserved.stream().map(size -> new Lease(isThere ? size : 0)).toList();
    }

    private boolean waitFor(int bytes, long mostMillis) throws InterruptedIOException {
        try {
            return free.tryAcquire(bytes, mostMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the scrape was interrupted");
        }
    }

    private boolean takeUnexpected(int bytes) {
        if (!unexpected.tryAcquire(bytes)) {
            return false;
        }
        if (!free.tryAcquire(bytes)) {
            unexpected.release(bytes);
            return false;
        }
        return true;
    }

    private void giveUnexpected(int bytes) {
        unexpected.release(bytes);
        free.release(bytes);
    }

    /// What one source, or one scrape, holds. Any thread; a fetch that outlives its scrape gets nothing.
    final class Lease implements AutoCloseable {
        private final int reserved;
        private int held;
        private int beyond;
        private int most;
        private boolean closed;

        private Lease(int reserved) {
            this.reserved = reserved;
        }

        /// @throws SourceException when there is not that much left
        synchronized void take(long bytes) throws SourceException {
            if (closed) {
                throw new SourceException("too slow");
            }
            var more = Math.clamp(held + bytes - reserved - beyond, 0, Integer.MAX_VALUE);
            if (more > 0 && !takeUnexpected(more)) {
                throw new SourceException("no memory left: scrapes already hold what they may together");
            }
            beyond += more;
            held += (int) bytes;
            most = Math.max(most, held);
        }

        synchronized void give(long bytes) {
            if (!closed) {
                var less = (int) Math.min(beyond, bytes);
                held -= (int) bytes;
                beyond -= less;
                giveUnexpected(less);
            }
        }

        /// The most that was held at one time.
        synchronized int most() {
            return most;
        }

        synchronized boolean isClosed() {
            return closed;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                free.release(reserved);
                giveUnexpected(beyond);
            }
        }
    }
}
