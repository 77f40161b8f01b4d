package dev.outrigger.agent.cli;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.agent.config.Addresses;
import dev.outrigger.agent.config.AgentConfig;
import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.SettingValue;
import dev.outrigger.agent.config.Settings;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.log.LogFormat;
import dev.outrigger.agent.runtime.Agent;
import dev.outrigger.agent.runtime.FreeAddresses;
import dev.outrigger.agent.stop.Ending;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import dev.outrigger.dev.ControlPlane;
import dev.outrigger.dev.DevFile;
import dev.outrigger.dev.DevFileException;
import dev.outrigger.dev.EchoApplication;
import dev.outrigger.dev.FileWatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// `outrigger dev`: the control plane, the agent with Envoy, and an application in this process, on loopback.
final class DevCommand {
    private static final System.Logger log = System.getLogger(DevCommand.class.getName());
    private static final String ORIGIN = "outrigger dev";

    private final Ending ending;
    private final InstantSource clock = InstantSource.system();

    DevCommand(Ending ending) {
        this.ending = ending;
    }

    int run(List<String> arguments) throws ConfigException, IOException, InterruptedException {
        var machine = Machine.here();
        var named = !arguments.isEmpty() && !arguments.getFirst().startsWith("--");
        var path = named ? Path.of(arguments.getFirst()) : machine.example();
        var flags = named ? Cli.rest(arguments) : arguments;
        Log.get().configure(INFO, LogFormat.TEXT);
        var file = read(path);
        requireFreeAddresses(path, file);
        var folder = Files.createTempDirectory("outrigger-");
        try (var controlPlane = ControlPlane.start(loopback(), file, new DevLog(), clock)) {
            var defaults = defaults(file, folder, controlPlane.address());
            var config = ConfigParser.forRun(Settings.read(flags, machine.environment(), defaults), machine);
            Log.get().configure(config.log().level(), config.log().format());
            return run(config, machine, path, file, controlPlane).exitStatus();
        } finally {
            delete(folder);
        }
    }

    private StopReason run(AgentConfig config, Machine machine, Path path, DevFile file, ControlPlane controlPlane)
            throws IOException, InterruptedException {
        var stops = new Stops();
        ending.onSignal(
                () -> stops.offer(new StopReason.Signalled()),
                config.drain().max().plus(RunCommand.CLOSING));
        ending.onDrainSignal(() -> stops.askToDrain("SIGUSR2"));
        var banner = new DevBanner(config, path, file, controlPlane.address());
        try (var _ = application(file);
                var _ = FileWatch.start(path, () -> publish(path, controlPlane))) {
            log.log(INFO, "starting what {0} describes", path);
            return new Agent(
                            config,
                            stops,
                            clock,
                            RandomGenerator.getDefault(),
                            machine,
                            ready -> System.out.print(banner.text(ready)),
                            null)
                    .run();
        }
    }

    private static void requireFreeAddresses(Path path, DevFile file) throws IOException {
        for (var listener : file.listeners().entrySet()) {
            var address = Addresses.parse(listener.getValue(), Optional.empty());
            if (address.isPresent()) {
                FreeAddresses.require(
                        "the address of listener " + listener.getKey(), address.get(), "change it in " + path);
            }
        }
    }

    private @Nullable EchoApplication application(DevFile file) throws IOException {
        return file.application().isPresent()
                ? EchoApplication.start(file.application().get(), clock)
                : null;
    }

    private static void publish(Path path, ControlPlane controlPlane) {
        try {
            controlPlane.publish(DevFile.read(path));
            log.log(INFO, "{0} changed; what differs is pushed", path);
        } catch (DevFileException e) {
            e.problems().forEach(problem -> log.log(ERROR, "{0}", problem));
            log.log(ERROR, "{0} is not used as it is now; the last good state stays", path);
        }
    }

    private static DevFile read(Path path) throws ConfigException {
        try {
            return DevFile.read(path);
        } catch (DevFileException e) {
            throw new ConfigException(e.problems());
        }
    }

    /// What `dev` sets unless the file, the environment or a flag says otherwise.
    private static Map<String, SettingValue> defaults(DevFile file, Path folder, InetSocketAddress controlPlane) {
        var values = new LinkedHashMap<String, SettingValue>();
        values.put("profile", new SettingValue(List.of("dev"), ORIGIN));
        values.put("work-dir", new SettingValue(List.of(folder.toString()), ORIGIN));
        values.put("control-plane", new SettingValue(List.of(LocalHttp.authority(controlPlane)), ORIGIN));
        values.put("xds-snapshot", new SettingValue(List.of("off"), ORIGIN)); // the folder goes with the process
        file.settings().forEach((key, given) -> values.put(key, new SettingValue(given.texts(), given.origin())));
        return values;
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
