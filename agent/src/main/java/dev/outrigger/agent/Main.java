package dev.outrigger.agent;

import dev.outrigger.agent.cli.Cli;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.stop.Ending;

/// The entry point, and the only place that ends the process.
public final class Main {
    private Main() {}

    /// Runs a command and exits with its status: 0 well, 1 failed, 64 wrong usage, Envoy's own when it ended for
    /// good.
    public static void main(String[] arguments) {
        Log.takeLibraries();
        var ending = new Ending(Runtime.getRuntime()::halt);
        var status = 1;
        try {
            status = Cli.run(arguments, ending);
        } catch (RuntimeException | Error e) {
            System.err.println("outrigger: an error of its own; please report it with this trace:");
            e.printStackTrace();
        } finally {
            ending.finished(status);
        }
        System.exit(status);
    }
}
