package dev.outrigger.agent.proc;

import java.io.IOException;
import java.nio.file.Path;

/// What the kernel tells of a process in one line, `42 (name) S 1 …`, as far as it stands behind the name, which may
/// hold
/// anything (proc_pid_stat(5)).
public final class ProcStat {
    private static final Path PROC = Path.of("/proc");
    private static final String DEAD = "Z";
    private static final int PARENT = 1;
    private static final int GROUP = 2;
    private static final int FOREGROUND = 5;

    private final String[] fields;

    private ProcStat(String[] fields) {
        this.fields = fields;
    }

    /// @param process its number, or `self`
    /// @throws IOException when there is none, or it cannot be read
    public static ProcStat of(String process) throws IOException {
        var line = ProcFile.read(PROC.resolve(process).resolve("stat")).strip();
        var fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length <= FOREGROUND) {
            throw new IOException("/proc/" + process + "/stat says " + line);
        }
        return new ProcStat(fields);
    }

    /// Whether it has ended and is only in the process table still.
    public boolean isDead() {
        return fields[0].equals(DEAD);
    }

    /// Whether that is its parent.
    public boolean isChildOf(ProcessHandle process) {
        return fields[PARENT].equals(Long.toString(process.pid()));
    }

    /// Whether its group is the one in the foreground of its terminal.
    public boolean isInForeground() {
        return fields[GROUP].equals(fields[FOREGROUND]);
    }

    /// How it ended, as waitpid(2) tells it; 0 while it runs, and where it may not be seen.
    public int exitCode() {
        return (int) Math.max(0, Digits.parse(fields[fields.length - 1], 9));
    }
}
