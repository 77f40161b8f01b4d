package dev.outrigger.agent.cli;

import dev.outrigger.agent.runtime.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/// `outrigger version`.
@Command(
        name = "version",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = "Prints the version of the agent and of its Java.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {
    @Override
    public Integer call() {
        System.out.println(Version.line());
        return Cli.OK;
    }

    @Override
    public String[] getVersion() {
        return new String[] {Version.line()};
    }
}
