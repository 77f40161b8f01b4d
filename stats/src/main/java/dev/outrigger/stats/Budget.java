package dev.outrigger.stats;

import java.util.concurrent.atomic.AtomicLong;

/// Bytes of metrics that all scrapes together may hold, so that no scraper and no application can use up the heap.
/// Any thread.
final class Budget {
    private final AtomicLong left;

    Budget(long bytes) {
        this.left = new AtomicLong(bytes);
    }

    /// The share of one scrape, empty at first.
    Lease lease() {
        return new Lease();
    }

    private boolean take(long bytes) {
        return left.getAndUpdate(free -> free >= bytes ? free - bytes : free) >= bytes;
    }

    /// What one scrape holds. Any thread; a fetch that outlives its scrape gets nothing.
    final class Lease implements AutoCloseable {
        private long held;
        private boolean closed;

        private Lease() {}

        /// @throws SourceException when there is not that much left
        synchronized void take(long bytes) throws SourceException {
            if (closed) {
                throw new SourceException("too slow");
            }
            if (!Budget.this.take(bytes)) {
                throw new SourceException("no memory left: scrapes already hold what they may together");
            }
            held += bytes;
        }

        synchronized void give(long bytes) {
            if (!closed) {
                held -= bytes;
                left.addAndGet(bytes);
            }
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                left.addAndGet(held);
            }
        }
    }
}
