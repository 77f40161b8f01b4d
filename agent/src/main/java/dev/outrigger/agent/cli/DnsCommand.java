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

/// `outrigger dns`.
@Command(
        name = "dns",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = "Explains the DNS proxy of a running agent: what it answers, and why.",
        subcommands = {DnsCommand.LookUp.class, DnsCommand.Table.class},
        footer = {
            "",
            "  outrigger dns lookup reviews           the addresses of a name, and who knew them",
            "  outrigger dns lookup reviews AAAA      records of another type",
            "  outrigger dns lookup api.test --trace  each step with its time",
            "  outrigger dns table reviews            names that contain this, with their addresses",
            "",
            "Exit status: 0 done, 1 no such name or no agent there, 64 wrong usage."
        })
final class DnsCommand implements Callable<Integer> {
    private static final String PAGE = "/debug/dns?";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return PicocliCommands.withoutCommand(spec);
    }

    @Command(
            name = "lookup",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description =
                    "Looks a name up as an application would, and tells who knew it: the table of the control plane, the"
                            + " static names, the cache or a nameserver.")
    static final class LookUp implements Callable<Integer> {
        @Mixin
        private final AgentOptions options = new AgentOptions();

        @Parameters(index = "0", paramLabel = "NAME", description = "as an application spells it")
        private String name = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TYPE",
                description = "A (unless given), AAAA, SRV, PTR and so on")
        private String type = "A";

        @Option(names = "--trace", description = "each step with its time")
        private boolean trace;

        @Option(names = "--json", description = "as JSON, with the steps")
        private boolean json;

        @Override
        public Integer call() throws IOException {
            var query = "show=lookup&name=" + AgentOptions.encoded(name) + "&type=" + AgentOptions.encoded(type);
            return options.show(PAGE + query + (trace ? "&trace=on" : ""), json);
        }
    }

    @Command(
            name = "table",
            mixinStandardHelpOptions = true,
            exitCodeOnInvalidInput = Cli.USAGE,
            description = "Lists the names that the agent answers itself, at most 1,000.")
    static final class Table implements Callable<Integer> {
        @Mixin
        private final AgentOptions options = new AgentOptions();

        @Parameters(index = "0", arity = "0..1", paramLabel = "FILTER", description = "a part of the name")
        private String filter = "";

        @Option(names = "--json", description = "as JSON")
        private boolean json;

        @Override
        public Integer call() throws IOException {
            return options.show(PAGE + "show=table&filter=" + AgentOptions.encoded(filter), json);
        }
    }
}
