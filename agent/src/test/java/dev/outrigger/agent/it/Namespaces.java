package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Namespaces of the kernel, as containers have them. Some machines refuse them to users, and some containers to all.
final class Namespaces {
    private static final int LIMIT_SECONDS = 10;

    private Namespaces() {}

    /// What runs a command as the first process of a process namespace; where there is none for us, the test is left
    /// out.
    static List<String> firstProcess() {
        var prefix = unshare("--pid", "--fork", "--kill-child", "--mount-proc", "--");
        Assumptions.assumeTrue(works(prefix), "this machine allows no process namespace");
        return prefix;
    }

    /// What runs a command that sees a small file system of its own.
    ///
    /// @param folder where it lies
    /// @return empty where that is not allowed
    static List<String> smallDisk(Path folder, int kilobytes) {
        var prefix = new ArrayList<>(unshare("--mount", "--"));
        var mount = "mount -t tmpfs -o size=" + kilobytes + "k tmpfs \"$0\" && exec \"$@\"";
        prefix.addAll(List.of("sh", "-c", mount, folder.toString()));
        return works(prefix) ? prefix : List.of();
    }

    private static List<String> unshare(String... options) {
        var command = new ArrayList<>(List.of("unshare"));
        if (!"root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("--user", "--map-root-user"));
        }
        command.addAll(List.of(options));
        return command;
    }

    private static boolean works(List<String> prefix) {
        try {
            var command = new ArrayList<>(prefix);
            command.add("true");
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
