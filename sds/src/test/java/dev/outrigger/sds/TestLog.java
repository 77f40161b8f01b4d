package dev.outrigger.sds;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Everything that is logged while it is open, down to the finest level, the libraries included.
final class TestLog extends Handler implements AutoCloseable {
    private static final long LIMIT_SECONDS = 20;

    private final Logger root;
    private final Level before;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();
    private int passed;

    /// Listens below this name; the empty name is everything.
    TestLog(String name) {
        root = Logger.getLogger(name);
        before = root.getLevel();
        root.setLevel(Level.ALL);
        root.addHandler(this);
    }

    /// Messages with their parameters.
    List<String> lines() {
        return records.stream().map(TestLog::line).toList();
    }

    List<String> lines(Level atLeast) {
        return records.stream()
                .filter(record -> record.getLevel().intValue() >= atLeast.intValue())
                .map(TestLog::line)
                .toList();
    }

    /// Waits up to 20 s for a line that contains this; those before it are passed over for good.
    synchronized String await(String part) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            while (passed < records.size()) {
                var line = line(records.get(passed++));
                if (line.contains(part)) {
                    return line;
                }
            }
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("not logged: " + part + "\n" + String.join("\n", lines()));
            }
            wait(left);
        }
    }

    @Override
    public synchronized void publish(LogRecord record) {
        records.add(record);
        notifyAll();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        root.removeHandler(this);
        root.setLevel(before);
    }

    private static String line(LogRecord record) {
        var parameters = record.getParameters();
        var text = parameters == null ? record.getMessage() : MessageFormat.format(record.getMessage(), parameters);
        return record.getThrown() == null ? text : text + " " + record.getThrown();
    }
}
