package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Settings;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.runtime.Agent;
import dev.outrigger.agent.stop.Ending;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// `outrigger run`: the daemon.
final class RunCommand {
    /// What may follow the drain.
    static final Duration CLOSING = Duration.ofSeconds(20);

    private final Ending ending;

    RunCommand(Ending ending) {
        this.ending = ending;
    }

    int run(List<String> arguments) throws ConfigException, IOException, InterruptedException {
        var machine = Machine.here();
        var config = ConfigParser.forRun(Settings.read(arguments, machine.environment(), Map.of()), machine);
        Log.get().configure(config.log().level(), config.log().format());
        var stops = new Stops();
        ending.onSignal(
                () -> stops.offer(new StopReason.Signalled()),
                config.drain().max().plus(CLOSING));
        return new Agent(config, stops, InstantSource.system(), RandomGenerator.getDefault(), _ -> {})
                .run()
                .exitStatus();
    }
}
