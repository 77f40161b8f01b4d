package dev.outrigger.agent.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The tree of commands. `run`, `dev`, `config` and `bootstrap` stand here for their help; {@link Cli} runs them.
@Command(
        name = "outrigger",
        description = "A sidecar agent: runs Envoy, relays xDS, serves SDS and DNS, checks health, merges metrics.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        exitCodeOnInvalidInput = Cli.USAGE,
        subcommands = {
            Root.Run.class,
            Root.Dev.class,
            Root.Bootstrap.class,
            Root.Config.class,
            StatusCommand.class,
            CertsCommand.class,
            TokenCommand.class,
            XdsCommand.class,
            DnsCommand.class,
            LogCommand.class,
            CrashesCommand.class,
            RequestCommand.class,
            WaitCommand.class,
            DrainCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "Try it:  outrigger dev",
            "Run it:  outrigger run --control-plane xds.example.org:15012 --spiffe-socket /run/spire/agent.sock",
            "Ask it:  outrigger status; outrigger certs; outrigger token --audience api; outrigger request GET /clusters",
            "",
            "Exit status: 0 done, 1 failed, 64 wrong usage; run: Envoy's own when it crashes too often."
        })
final class Root implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return PicocliCommands.withoutCommand(spec);
    }

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = {
                "Runs the agent, and Envoy under it, until SIGTERM, SIGINT or POST /quitquitquit, each of which drains first; SIGUSR2 only drains.",
                "",
                "With -- COMMAND it also runs an application: started once all is ready, told of SIGINT, SIGHUP and SIGUSR1; its"
                        + " end is the end of the agent. Told to stop, the agent ends the application first (SIGTERM, SIGKILL after"
                        + " application-stop), then drains and stops Envoy.",
                "",
                "Each setting is a flag (--status-address), an environment variable (OUTRIGGER_STATUS_ADDRESS) and a key of"
                        + " the YAML file (status-address). A flag wins over the environment, the environment over the"
                        + " file, the file over the profile. outrigger config shows who gave what."
            },
            footer = {
                "",
                "  outrigger run --control-plane xds.example.org:15012 --spiffe-socket /run/spire/agent.sock",
                "  outrigger run --profile istio",
                "  outrigger run --config /etc/outrigger.yaml --no-envoy",
                "  outrigger run --control-plane xds.example.org:15012 -- ./migrate --all",
                "",
                "Exit status: 0 stopped as told, 1 could not start or failed, 64 wrong usage; Envoy's own (128 + signal)"
                        + " when it crashes more often than envoy-restarts. With an application: its own (128 + signal),"
                        + " 127 no such command, 126 not executable, 143 told to stop before it was started, 1 not ready"
                        + " within application-wait."
            })
    static final class Run {}

    @Command(
            name = "dev",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = {
                "Runs everything on this machine's loopback: a control plane and a CA fed from a YAML file, the agent, Envoy"
                        + " and a small application, until Ctrl-C.",
                "",
                "Usage: outrigger dev [FILE] [SETTINGS], where FILE is examples/hello.yaml unless given. Edit it while it runs."
            })
    static final class Dev {}

    @Command(
            name = "config",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = "Shows every setting, its value (secrets masked) and who gave it. Takes what run takes.")
    static final class Config {}

    @Command(
            name = "bootstrap",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = "Prints a bootstrap that run would write.",
            subcommands = {Bootstrap.Envoy.class, Bootstrap.Grpc.class})
    static final class Bootstrap {
        @Command(
                name = "envoy",
                mixinStandardHelpOptions = true,
                exitCodeOnInvalidInput = Cli.USAGE,
                description = "Prints Envoy's bootstrap. Takes what run takes.")
        static final class Envoy {}

        @Command(
                name = "grpc",
                mixinStandardHelpOptions = true,
                exitCodeOnInvalidInput = Cli.USAGE,
                description =
                        "Prints the bootstrap of a proxyless gRPC client or server (gRFC A27). Takes what run takes.")
        static final class Grpc {}
    }
}
