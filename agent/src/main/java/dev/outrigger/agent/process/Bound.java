package dev.outrigger.agent.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Binds a process to the life of the agent: the kernel kills it when the thread that spawned it ends (prctl(2),
/// PR_SET_PDEATHSIG), so it must be spawned from a thread that lives as long as it.
public final class Bound {
    private static final Path SHELL = Path.of("/bin/sh");

    /// Becomes the process only while the agent is still its parent: had the agent been gone before setpriv asked
    /// for the signal, there would never be one.
    private static final String HAND_OVER = "[ \"$PPID\" = \"$1\" ] || exit 1; shift; exec \"$@\"";

    private Bound() {}

    /// What goes before a command line.
    ///
    /// @param setpriv util-linux' program of that name
    public static List<String> with(Path setpriv) {
        var signal = List.of(setpriv.toString(), "--pdeathsig", "KILL", "--");
        if (!Files.isExecutable(SHELL)) {
            return signal;
        }
        var self = Long.toString(ProcessHandle.current().pid());
        var handOver = List.of(SHELL.toString(), "-c", HAND_OVER, "outrigger-hand-over", self);
        return Stream.concat(signal.stream(), handOver.stream()).toList();
    }
}
