package dev.outrigger.agent.envoy;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.TRACE;
import static java.lang.System.Logger.Level.WARNING;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Passes Envoy's log records through with the level they have. Owned by the thread that calls {@link #pump}.
final class EnvoyLog {
    private static final System.Logger log = System.getLogger(EnvoyLog.class.getName());

    /// `[warning][config] message`: what Envoy is told to write.
    static final String FORMAT = "[%l][%n] %v";

    private static final Pattern RECORD = Pattern.compile("\\[([a-z]+)]\\[([a-z0-9_ .-]+)] (.*)");

    /// Characters of a line; what is longer becomes several.
    private static final int LONGEST = 16 << 10;

    private final BiConsumer<System.Logger.Level, String> sink;
    private final Consumer<String> tail;
    private System.Logger.Level last = INFO;

    /// @param tail takes each line as it came
    EnvoyLog(BiConsumer<System.Logger.Level, String> sink, Consumer<String> tail) {
        this.sink = sink;
        this.tail = tail;
    }

    /// Reads until Envoy closes its end.
    void pump(InputStream lines) {
        try (var reader = new BufferedReader(new InputStreamReader(lines, StandardCharsets.UTF_8), 4096)) {
            var line = new StringBuilder();
            for (var c = reader.read(); c >= 0; c = reader.read()) {
                if (c == '\n' || line.length() == LONGEST) {
                    accept(line.toString());
                    line.setLength(0);
                }
                if (c != '\n') {
                    line.append((char) c);
                }
            }
            accept(line.toString());
        } catch (IOException e) {
            log.log(DEBUG, "the log of Envoy ended: {0}", e.getMessage()); // ours, so at our level
        }
    }

    /// A line without a level continues the record before it.
    void accept(String line) {
        if (!line.isBlank()) {
            tail.accept(line);
        }
        var record = RECORD.matcher(line);
        if (record.matches()) {
            last = level(record.group(1));
            sink.accept(last, record.group(2) + ": " + record.group(3));
        } else if (!line.isBlank()) {
            sink.accept(last, line);
        }
    }

    private static System.Logger.Level level(String name) {
        return switch (name) {
            case "trace" -> TRACE;
            case "debug" -> DEBUG;
            case "warning", "warn" -> WARNING;
            case "error", "critical" -> ERROR;
            default -> INFO;
        };
    }
}
