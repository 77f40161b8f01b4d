package dev.outrigger.agent.application;

import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.proc.ProcStat;
import dev.outrigger.agent.stop.OsSignals;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import java.io.IOException;
import java.util.List;

/// Hands signals of the agent to the application: SIGINT, SIGHUP and SIGUSR1. Before it runs the first two end
/// the agent. SIGTERM is the agent's own, which tells the application at once; SIGQUIT is the JVM's.
public final class Signals {
    private static final System.Logger log = System.getLogger(Signals.class.getName());

    private Signals() {}

    /// From now on.
    public static void passTo(Application application, Stops stops) {
        for (var name : List.of("INT", "HUP")) {
            handle(name, () -> {
                if (isFromTheTerminal(name) && application.isStarted()) {
                    return; // the terminal has sent it to the application, too
                }
                if (!application.signal(name)) {
                    stops.offer(new StopReason.Signalled());
                }
            });
        }
        handle("USR1", () -> application.signal("USR1"));
    }

    /// Ctrl-C goes to the whole group in the foreground of the terminal.
    private static boolean isFromTheTerminal(String name) {
        if (!name.equals("INT")) {
            return false;
        }
        try {
            return ProcStat.of("self").isInForeground();
        } catch (IOException e) {
            return false;
        }
    }

    private static void handle(String name, Runnable action) {
        try {
            OsSignals.handle(name, action);
        } catch (IllegalArgumentException e) {
            log.log(WARNING, "SIG{0} will not reach the application: {1}", name, e.getMessage());
        }
    }
}
