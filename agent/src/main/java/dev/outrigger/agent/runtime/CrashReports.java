package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.outrigger.agent.crash.CrashConfig;
import dev.outrigger.agent.crash.CrashFolder;
import dev.outrigger.agent.envoy.EnvoyCrash;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.bootstrap.Secrets;
import dev.outrigger.xds.XdsHistory;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps what can be known of a crash of Envoy, beside the supervision: each report is a virtual thread, one at a
/// time writes, and what cannot be written is told once and forgotten.
final class CrashReports implements AutoCloseable {
    private static final System.Logger log = System.getLogger(CrashReports.class.getName());
    private static final Duration ENDING = Duration.ofSeconds(2);

    private final CrashConfig config;
    private final CrashFolder folder;
    private final Json bootstrap;
    private final Supplier<Optional<XdsHistory.Stream>> held;

    @GuardedBy("this")
    private @Nullable Thread last;

    private volatile @Nullable Path lastFolder;

    /// @param bootstrap that Envoy runs with
    /// @param held what it held; asked after its end
    CrashReports(CrashConfig config, Json bootstrap, Supplier<Optional<XdsHistory.Stream>> held) {
        this.config = config;
        this.folder = new CrashFolder(config);
        this.bootstrap = bootstrap;
        this.held = held;
    }

    /// Returns at once.
    synchronized void crashed(EnvoyCrash crash) {
        if (config.keep() > 0) {
            var before = last;
            last = Thread.ofVirtual().name("crash-report").start(() -> report(crash, before));
        }
    }

    /// Where the report of the last crash lies; empty when there was none.
    Optional<Path> lastFolder() {
        return Optional.ofNullable(lastFolder);
    }

    /// Waits for the last report, 2 s at most.
    @Override
    public void close() {
        Thread writing;
        synchronized (this) {
            writing = last;
        }
        try {
            if (writing != null && !writing.join(ENDING)) {
                log.log(WARNING, "crash report not written in time folder={0}", config.folder());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report(EnvoyCrash crash, @Nullable Thread before) {
        try {
            if (before != null) {
                before.join();
            }
            var written = folder.write(name(crash.at()) + "-" + crash.pid(), files(crash));
            lastFolder = written;
            log.log(INFO, "crash report written folder={0}", written);
        } catch (IOException e) {
            log.log(
                    WARNING,
                    "crash report cannot be written folder={0} ({1}); make room, set crash-dir to another place, or"
                            + " crash-keep to 0",
                    config.folder(),
                    reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, String> files(EnvoyCrash crash) {
        var files = new LinkedHashMap<String, String>();
        files.put("crash.json", summary(crash).pretty());
        files.put("envoy.log", lines(crash.lastLines().get()));
        files.put("bootstrap.json", bootstrap.masked().pretty());
        files.put("resources.json", resources(held.get(), crash.at()).pretty());
        return files;
    }

    private static Json summary(EnvoyCrash crash) {
        var json = Json.object()
                .put("at", crash.at().toString())
                .put("pid", crash.pid())
                .put("status", crash.exit().status())
                .put("reason", crash.exit().reason().label())
                .put("description", "Envoy ended with status " + crash.exit().describe());
        crash.exit().signal().ifPresent(signal -> json.put("signal", signal));
        json.put("uptime_ms", crash.uptime().toMillis());
        crash.readyAfter().ifPresent(took -> json.put("ready_after_ms", took.toMillis()));
        return json.put("restarts_before", crash.restarts())
                .put("crashes_in_window", crash.recent())
                .put("agent", Version.line());
    }

    private static String lines(List<String> lines) {
        var text = new StringBuilder();
        lines.forEach(line -> text.append(Secrets.masked(line)).append('\n'));
        return text.toString();
    }

    /// Names and versions, never contents.
    private static Json resources(Optional<XdsHistory.Stream> stream, Instant at) {
        var json = Json.object().put("at", at.toString());
        if (stream.isEmpty()) {
            return json.put("types", List.of());
        }
        return json.put("stream", stream.get().id())
                .put("protocol", stream.get().protocol())
                .put("node", stream.get().node())
                .put(
                        "types",
                        stream.get().types().stream().map(CrashReports::type).toList());
    }

    private static Json type(XdsHistory.Type type) {
        var held = Json.object();
        type.held().forEach(resource -> held.put(resource.name(), resource.version()));
        return Json.object().put("type_url", type.typeUrl()).put("held", held);
    }

    /// The operating system's words; the exception's message is often only the path.
    private static String reason(IOException e) {
        var name = e.getClass().getSimpleName();
        return e instanceof FileSystemException system && system.getReason() != null
                ? name + ": " + system.getReason()
                : name + " " + e.getMessage();
    }

    /// Not a constant: a start need not wait for it.
    private static String name(Instant at) {
        return DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'")
                .withZone(ZoneOffset.UTC)
                .format(at);
    }
}
