package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Setting;
import dev.outrigger.agent.crash.CrashConfig;
import dev.outrigger.agent.crash.CrashFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `outrigger crashes`.
@Command(
        name = "crashes",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = {
            "Lists the crashes of Envoy that are kept, oldest first: when, how it ended, how long it ran, and the folder with"
                    + " its last log lines, its bootstrap and what it held. Needs no running agent."
        },
        footer = {
            "",
            "  outrigger crashes",
            "  outrigger crashes --crash-dir /var/lib/outrigger/crashes",
            "",
            "Exit status: 0 (also when there is none), 64 wrong usage."
        })
final class CrashesCommand implements Callable<Integer> {
    @Option(
            names = "--crash-dir",
            paramLabel = "PATH",
            description = "where they are (default: OUTRIGGER_CRASH_DIR, else <work-dir>/crashes)")
    private @Nullable Path folder;

    @Option(
            names = "--work-dir",
            paramLabel = "PATH",
            description = "the agent's work directory (default: OUTRIGGER_WORK_DIR, else /var/run/outrigger)")
    private @Nullable Path workDir;

    @Override
    public Integer call() {
        var crashes = new CrashFolder(new CrashConfig(folder(), 0)).list();
        crashes.forEach(crash -> System.out.println(line(crash)));
        if (crashes.isEmpty()) {
            System.err.println("outrigger: no crashes in " + folder());
        }
        return Cli.OK;
    }

    private Path folder() {
        if (folder != null) {
            return folder;
        }
        var environment = Machine.here().environment();
        var given = environment.get(Setting.CRASH_DIR.variable());
        if (workDir == null && given != null) {
            return Path.of(given);
        }
        var work = environment.getOrDefault(Setting.WORK_DIR.variable(), Setting.WORK_DIR.fallback());
        return (workDir == null ? Path.of(work) : workDir).resolve("crashes");
    }

    private static String line(Path crash) {
        try {
            var text = Files.readString(crash.resolve("crash.json"));
            if (new Load(LoadSettings.builder().build()).loadFromString(text) instanceof Map<?, ?> known) {
                return known.get("at") + "  " + known.get("description") + ", after " + known.get("uptime_ms") + " ms  "
                        + crash;
            }
            return crash + ": crash.json is damaged";
        } catch (IOException | YamlEngineException e) {
            return crash + ": crash.json cannot be read (" + e.getMessage() + ")";
        }
    }
}
