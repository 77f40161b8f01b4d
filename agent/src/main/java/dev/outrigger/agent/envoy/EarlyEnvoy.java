package dev.outrigger.agent.envoy;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.agent.proc.Digits;
import dev.outrigger.agent.process.Adopted;
import dev.outrigger.agent.process.Child;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/// The Envoy that the launcher started before it became this JVM (`bin/early-envoy`). It has booted meanwhile as far as
/// it can without a bootstrap, which it reads from its standard input to the end; the other end of that pipe is the
/// standard input of this process. It is bound to the life of this process, so whoever does not want it need not care.
public final class EarlyEnvoy {
    private static final System.Logger log = System.getLogger(EarlyEnvoy.class.getName());
    private static final Path BOOTSTRAP = Path.of("/dev/fd/0");
    private static final int HEAD_LINES = 2;
    private static final int MOST_DIGITS = 9;

    private final Child child;
    private final String pipe;
    private final List<String> command;

    private EarlyEnvoy(Child child, String pipe, List<String> command) {
        this.child = child;
        this.pipe = pipe;
        this.command = command;
    }

    /// @param text what the launcher says of it, a line each: its process, the file descriptor from which its log is
    ///     read, and its command line, a word each
    /// @return empty for an empty text, and when it says nothing of a running child of this process
    public static Optional<EarlyEnvoy> of(String text) {
        var lines = List.of(text.split("\n", -1)); // no streams: it is on the way of each start
        if (lines.size() <= HEAD_LINES) {
            return Optional.empty();
        }
        var pid = Digits.parse(lines.get(0), MOST_DIGITS);
        var pipe = "/proc/self/fd/" + lines.get(1);
        return Adopted.of(pid).map(child -> new EarlyEnvoy(child, pipe, lines.subList(HEAD_LINES, lines.size())));
    }

    /// Ends it, for an agent that wants none.
    public void end() {
        child.kill();
    }

    /// Whether it is what would be started otherwise. Ends it when it is not, and says so.
    public boolean isWanted(EnvoyConfig config) {
        var wanted = config.command(config.logLevel(), BOOTSTRAP);
        if (command.equals(wanted)) {
            return true;
        }
        log.log(
                INFO,
                "the Envoy that the launcher started early is not the one that the settings ask for; starting another"
                        + " early={0} wanted={1}",
                command,
                wanted);
        end();
        return false;
    }

    /// Gives it its bootstrap, once. Returns at once: a thread of its own writes it, as what the pipe does not
    /// hold must wait until Envoy reads. One that cannot read it ends, and is started anew as after a crash.
    public void begin(String bootstrap) {
        Thread.ofPlatform().daemon().name("envoy-bootstrap").start(() -> {
            try (var pipe = new FileOutputStream(FileDescriptor.in)) {
                pipe.write(bootstrap.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                log.log(DEBUG, "Envoy ended before it had its bootstrap: {0}", e.getMessage());
            }
        });
    }

    /// Takes it over.
    ///
    /// @throws IOException when its log cannot be read
    EnvoyProcess take(BiConsumer<System.Logger.Level, String> sink, InstantSource clock) throws IOException {
        return EnvoyProcess.running(child, new FileInputStream(pipe), sink, clock);
    }
}
