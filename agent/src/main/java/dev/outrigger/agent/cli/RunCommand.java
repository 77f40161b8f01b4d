package dev.outrigger.agent.cli;

import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.application.Application;
import dev.outrigger.agent.application.Signals;
import dev.outrigger.agent.config.AgentConfig;
import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Settings;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.runtime.Agent;
import dev.outrigger.agent.runtime.Preload;
import dev.outrigger.agent.stop.Ending;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// `outrigger run`: the daemon.
final class RunCommand {
    /// What may follow the drain.
    static final Duration CLOSING = Duration.ofSeconds(20);

    private final Ending ending;

    RunCommand(Ending ending) {
        this.ending = ending;
    }

    int run(List<String> arguments) throws ConfigException, IOException, InterruptedException {
        Preload.libraries();
        if (Boolean.getBoolean(TrainCommand.TRAINING)) {
            Preload.forOtherStarts();
        }
        var machine = Machine.here();
        var invocation = Invocation.of(arguments);
        if (Invocation.isIncomplete(arguments)) {
            throw new ConfigException(List.of("no command behind --; write outrigger run [SETTINGS] -- COMMAND"));
        }
        var config =
                ConfigParser.forRun(Settings.read(invocation.settings(), machine.environment(), Map.of()), machine);
        Log.get().configure(config.log().level(), config.log().format());
        if (!Machine.usesClassArchive()) {
            System.getLogger(RunCommand.class.getName()) // others begin while the log is looked for
                    .log(
                            WARNING,
                            "the Java runtime has no AOT cache that it can use (none was made, or it is damaged, or was made by"
                                    + " another runtime or with other options); starting slower without one; bin/build makes it");
        }
        if (invocation.application().isEmpty()) {
            return run(config, machine, new Stops(), null);
        }
        var problem = invocation.problem(machine);
        if (problem != 0) {
            var what = problem == Invocation.NOT_FOUND ? ": no such command" : ": no file that may be executed";
            return Cli.complain(System.err, List.of(invocation.application().getFirst() + what), problem);
        }
        var stops = new Stops();
        try (var application =
                new Application(invocation.application(), machine.onPath("setpriv"), config.application(), stops)) {
            Signals.passTo(application, stops);
            return run(config, machine, stops, application);
        }
    }

    private int run(AgentConfig config, Machine machine, Stops stops, @Nullable Application application)
            throws IOException, InterruptedException {
        var ends = config.drain().max().plus(CLOSING);
        ending.onSignal(
                () -> stops.offer(new StopReason.Signalled()),
                application == null ? ends : ends.plus(config.application().stop()));
        // On a thread of its own: the JVM makes the handler's class first, which Envoy need not wait for.
        Thread.ofPlatform()
                .daemon()
                .name("signals")
                .start(() -> ending.onDrainSignal(() -> stops.askToDrain("SIGUSR2")));
        return new Agent(
                        config,
                        stops,
                        InstantSource.system(),
                        RandomGenerator.getDefault(),
                        machine,
                        _ -> {},
                        application)
                .run()
                .exitStatus();
    }
}
