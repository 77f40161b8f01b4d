package dev.outrigger.sds;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Everything that is logged while it is open, down to the finest level, the libraries included.
final class TestLog extends Handler implements AutoCloseable {
    private final Logger root;
    private final Level before;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

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

    @Override
    public void publish(LogRecord record) {
        records.add(record);
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
