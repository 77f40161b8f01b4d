package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the kernel knows of processes.
final class Processes {
    private Processes() {}

    /// Whether it runs. One that has ended and was not waited for does not.
    static boolean isRunning(long pid) {
        var stat = read(pid, "stat");
        var state = stat.substring(stat.lastIndexOf(')') + 1).strip();
        return !state.isEmpty() && !state.startsWith("Z") && !state.startsWith("X");
    }

    /// Running processes that name `text` on their command line.
    static List<Long> naming(String text) {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(pid -> read(pid, "cmdline").contains(text) && isRunning(pid))
                .toList();
    }

    /// Memory it occupies, in MiB.
    static long residentMegabytes(long pid) {
        return read(pid, "status")
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                .findAny()
                .orElseThrow(() -> new AssertionError("no process " + pid));
    }

    /// Sends a signal by its name.
    static void signal(String name, long pid) throws IOException, InterruptedException {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .inheritIO()
                .start();
        if (kill.waitFor() != 0) {
            throw new AssertionError("kill -" + name + " " + pid + " failed");
        }
    }

    /// SIGKILL.
    static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    /// Sends a signal.
    static void signal(long pid, int number) throws IOException, InterruptedException {
        var done = new ProcessBuilder("/bin/sh", "-c", "kill -" + number + " " + pid)
                .inheritIO()
                .start()
                .waitFor();
        if (done != 0) {
            throw new AssertionError("no process " + pid);
        }
    }

    /// Whether this process, and so what it starts, ignores a signal (proc_pid_status(5), SigIgn).
    static boolean ignores(int signal) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            var mask = lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> line.substring("SigIgn:".length()).strip())
                    .findFirst()
                    .orElseThrow();
            return (Long.parseUnsignedLong(mask, 16) >> (signal - 1) & 1) != 0;
        }
    }

    /// Children of a process, dead ones included.
    static List<Long> children(long pid) {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(child -> {
                    var stat = read(child, "stat");
                    var fields =
                            stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
                    return fields.length > 1 && fields[1].equals(Long.toString(pid));
                })
                .toList();
    }

    /// Those that have ended and were not waited for.
    static List<Long> dead(List<Long> pids) {
        return pids.stream()
                .filter(pid -> !read(pid, "stat").isEmpty() && !isRunning(pid))
                .toList();
    }

    /// Empty when there is no such process any more.
    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
