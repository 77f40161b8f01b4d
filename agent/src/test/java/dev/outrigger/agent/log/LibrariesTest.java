package dev.outrigger.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/// In a JVM of its own: frameworks of logging start once.
class LibrariesTest {
    @Test
    void warningsOfLibrariesAreLinesOfOurLog() throws IOException, InterruptedException {
        var lines = run(Libraries.class);

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z WARN {2}netty\\.x a 1 b");
        assertThat(lines.get(1)).endsWith(" ERROR lib.Some gone: java.io.IOException: broken");
        assertThat(lines.get(2)).endsWith(" WARN  other.Lib careful: java.io.IOException: broken");
        assertThat(lines.get(3)).endsWith(" ERROR other.Lib bad");
    }

    @Test
    void javaUtilLoggingIsNotStartedToHearOfIt() throws IOException, InterruptedException {
        assertThat(run(Quiet.class)).containsExactly("not loaded");
    }

    /// What the first test runs.
    static final class Libraries {
        public static void main(String[] arguments) {
            Log.takeLibraries();
            var netty = InternalLoggerFactory.getInstance("io.netty.x");
            netty.info("never seen");
            netty.warn("a {} b", 1);
            var slf4j = org.slf4j.LoggerFactory.getLogger("some.lib.Some");
            slf4j.debug("never seen");
            slf4j.error("gone", new IOException("broken"));
            var jul = Logger.getLogger("an.other.Lib");
            jul.info("never seen");
            jul.log(Level.WARNING, "careful", new IOException("broken"));
            jul.severe("bad");
        }
    }

    /// What the second test runs.
    static final class Quiet {
        public static void main(String[] arguments) throws ReflectiveOperationException {
            Log.takeLibraries();
            Log.get().configure(System.Logger.Level.INFO, LogFormat.TEXT);
            InternalLoggerFactory.getInstance("io.netty.x").info("never seen");
            var found = ClassLoader.class.getDeclaredMethod("findLoadedClass", String.class);
            found.setAccessible(true);
            var loader = ClassLoader.getPlatformClassLoader();
            System.err.println(found.invoke(loader, "java.util.logging.LogManager") == null ? "not loaded" : "loaded");
        }
    }

    private static List<String> run(Class<?> main) throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().toList();
    }
}
