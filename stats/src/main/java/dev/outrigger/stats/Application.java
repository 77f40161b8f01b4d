package dev.outrigger.stats;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/// An application that is asked for its metrics, and how it did lately. Any thread.
///
/// One that failed is asked by one scrape at a time until it does well again: what hangs or never ends costs one
/// scrape its time and one share of the memory, however many scrapers there are. One that was only too slow is
/// still asked by scrapes that can wait longer.
final class Application {
    private static final int MOST_SPARE = 1 << 20;
    private static final Duration ANY = Duration.ofNanos(Long.MAX_VALUE);

    private final URI uri;
    private final Estimate estimate = new Estimate();
    /// Scrapes that wait no longer than this ask it one at a time.
    private Duration failing = Duration.ZERO;
    private int asking;
    private byte[] spare = new byte[0];

    Application(URI uri) {
        this.uri = uri;
    }

    /// Fetches its metrics.
    interface Question {
        HeldText ask() throws IOException;
    }

    URI uri() {
        return uri;
    }

    /// Memory of an answer that is over, for the next one; else each of some size would wait for a collection of
    /// the whole heap. Nobody else gets it.
    synchronized byte[] takeSpare() {
        var taken = spare;
        spare = new byte[0];
        return taken;
    }

    /// Keeps memory that is not used any more, unless there is more already, or it is too large to be kept.
    synchronized void giveSpare(byte[] bytes) {
        if (bytes.length > spare.length && bytes.length <= MOST_SPARE) {
            spare = bytes;
        }
    }

    /// Nothing is reserved for one that fails.
    synchronized int expectedBytes() {
        return failing.isPositive() ? 0 : estimate.bytes();
    }

    /// Asks, unless it is of no use. What is not used of the share is given back at once when that fails.
    ///
    /// @param limit how long the scrape waits for it
    /// @param deadline the same as a moment
    /// @param lease its share of the memory
    HeldText ask(Duration limit, Deadline deadline, Budget.Lease lease, Question question) throws IOException {
        begin(limit);
        try {
            var text = question.ask();
            if (text.flaw() == null) {
                succeeded(lease.most());
            } else if (deadline.isOver()) {
                failed(limit);
            }
            return text;
        } catch (IOException | RuntimeException e) {
            var isScrapeOver = lease.isClosed();
            lease.close();
            if (deadline.isOver()) {
                failed(limit);
            } else if (!isScrapeOver) {
                failed(ANY);
            }
            throw e;
        } finally {
            end();
        }
    }

    private synchronized void begin(Duration limit) throws SourceException {
        if (asking > 0 && limit.compareTo(failing) <= 0) {
            throw new SourceException("failed before, and another scrape is asking it");
        }
        asking++;
    }

    private synchronized void end() {
        asking--;
    }

    private synchronized void succeeded(int most) {
        failing = Duration.ZERO;
        estimate.learn(most);
    }

    private synchronized void failed(Duration limit) {
        failing = failing.compareTo(limit) < 0 ? limit : failing;
    }
}
