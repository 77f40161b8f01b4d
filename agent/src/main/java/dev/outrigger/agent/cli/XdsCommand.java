package dev.outrigger.agent.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `outrigger xds`.
@Command(
        name = "xds",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = {
            "Explains the discovery of a running agent: what the control plane pushed, what Envoy and gRPC clients said"
                    + " to it, and what they hold now. Shows names and versions, never contents."
        },
        subcommands = {
            XdsCommand.Log.class,
            XdsCommand.Diff.class,
            XdsCommand.Why.class,
            XdsCommand.Resources.class,
        },
        footer = {
            "",
            "  outrigger xds log --type rds          the last pushes of routes and their answers",
            "  outrigger xds diff                    what the last push of each type changed",
            "  outrigger xds why payments            all about the resource of that name",
            "  outrigger xds resources --type cds    the clusters that are held now",
            "",
            "Exit status: 0 done, 1 no such resource or no agent there, 64 wrong usage."
        })
final class XdsCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return PicocliCommands.withoutCommand(spec);
    }

    /// What all of them take.
    static final class Options {
        @Mixin
        private final AgentOptions options = new AgentOptions();

        @Option(
                names = "--type",
                paramLabel = "TYPE",
                description = "only this type: cds, lds, rds, eds, sds and so on, its own name such as Cluster, or its"
                        + " whole URL")
        private String type = "";

        @Option(names = "--stream", paramLabel = "N", description = "only this stream; outrigger status lists them")
        private @Nullable Integer stream;

        @Option(names = "--json", description = "as JSON")
        private boolean json;

        /// Asks and prints.
        ///
        /// @param query further parameters, with a leading `&`
        int show(String what, String query) throws IOException {
            var path = "/debug/xds?show=" + what + "&type=" + AgentOptions.encoded(type)
                    + (stream == null ? "" : "&stream=" + stream) + query;
            return options.show(path, json);
        }
    }

    @Command(
            name = "log",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = {
                "Lists the last pushes, the newest at the end: when, to which stream, how large, which resources they added,"
                        + " changed and removed, and what the client said.",
                "",
                "The agent keeps the last 1,000, with up to 50 names of each kind."
            })
    static final class Log implements Callable<Integer> {
        @Mixin
        private final Options options = new Options();

        @Option(names = "--last", paramLabel = "N", description = "how many (default ${DEFAULT-VALUE})")
        private int last = 20;

        @Override
        public Integer call() throws IOException {
            return options.show("log", "&last=" + last);
        }
    }

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description =
                    "Shows what the last push of each type on each stream added, changed and removed, compared with"
                            + " what the client held.")
    static final class Diff implements Callable<Integer> {
        @Mixin
        private final Options options = new Options();

        @Override
        public Integer call() throws IOException {
            return options.show("diff", "");
        }
    }

    @Command(
            name = "why",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description =
                    "Tells everything known of a resource: which streams hold it, in which version, since when, who"
                            + " asked for it, and the last pushes that touched it with their answers.")
    static final class Why implements Callable<Integer> {
        @Mixin
        private final Options options = new Options();

        @Parameters(
                index = "0",
                paramLabel = "RESOURCE",
                description = "its name, or a part that no other name has; capitals do not matter then")
        private String resource = "";

        @Override
        public Integer call() throws IOException {
            return options.show("why", "&name=" + AgentOptions.encoded(resource));
        }
    }

    @Command(
            name = "resources",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = "Lists what each client holds now: name, version, size, since when; and what it asked for and"
                    + " did not get.")
    static final class Resources implements Callable<Integer> {
        @Mixin
        private final Options options = new Options();

        @Override
        public Integer call() throws IOException {
            return options.show("resources", "");
        }
    }
}
