package dev.outrigger.agent.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `outrigger certs`.
@Command(
        name = "certs",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = {
            "Shows the workload identity that a running agent serves: who, from where, since when, until when, the next"
                    + " rotation, the last error, its certificates, whom it trusts, and which files or tokens are held"
                    + " back and why.",
            "",
            "Never shows a private key."
        },
        footer = {
            "",
            "  outrigger certs                             what is served now",
            "  outrigger certs --rotate                    a new certificate now, then what is served",
            "  outrigger certs --json | jq .expires        for scripts",
            "  outrigger certs --pem > trust-and-chain.pem chain (leaf first), then the trust bundle",
            "",
            "Exit status: 0 valid, 1 expired, none yet, or no agent there, 64 wrong usage."
        })
final class CertsCommand implements Callable<Integer> {
    @Mixin
    private final AgentOptions options = new AgentOptions();

    @ArgGroup
    private final Form form = new Form();

    @Option(names = "--rotate", description = "first ask the source for a new certificate, and wait until it is served")
    private boolean rotate;

    /// How it is shown.
    private static final class Form {
        @Option(names = "--json", description = "as JSON")
        private boolean json;

        @Option(names = "--pem", description = "chain and trust bundle as PEM, nothing else")
        private boolean pem;
    }

    @Override
    public Integer call() throws IOException {
        if (rotate) {
            var rotated = options.agent().ask("POST", "/debug/certs/rotate", "text/plain");
            System.err.print(rotated.body());
            if (rotated.status() != 200) {
                return Cli.FAILED;
            }
        }
        var path = form.pem ? "/debug/certs?form=pem" : "/debug/certs";
        var answer = options.agent().ask("GET", path, form.json ? "application/json" : "text/plain");
        if (form.pem && !answer.body().startsWith("-----BEGIN")) {
            System.err.print("outrigger: " + answer.body());
            return Cli.FAILED;
        }
        System.out.print(answer.body());
        return answer.status() == 200 ? Cli.OK : Cli.FAILED;
    }
}
