package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Setting;
import dev.outrigger.bootstrap.AtomicFile;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.sds.JwtSvid;
import dev.outrigger.sds.TokenClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `outrigger token`.
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = {
            "Prints a JWT-SVID of this workload: a bearer token that proves to one audience who it is.",
            "",
            "It comes from the SPIFFE Workload API by way of a running agent, which keeps it and fetches another one at half"
                    + " of its life. The agent is asked on the socket of its secrets, so only who may read its private key"
                    + " may have a token."
        },
        footer = {
            "",
            "  outrigger token --audience https://vault.example.org",
            "  curl -H \"authorization: Bearer $(outrigger token --audience api)\" https://api.example.org/",
            "  outrigger token --audience api --file /run/secrets/api.jwt      for the owner only, replaced in one step",
            "  outrigger token --audience api --json | jq -r .expires_at",
            "",
            "A file that follows by itself: outrigger run --jwt-file AUDIENCE=PATH. For Envoy: the secret jwt:AUDIENCE.",
            "",
            "Exit status: 0 done, 1 no token (the line says why), 64 wrong usage."
        })
final class TokenCommand implements Callable<Integer> {
    @Option(
            names = "--audience",
            required = true,
            paramLabel = "AUDIENCE",
            description = "whom the token is for, as it names itself")
    private String audience = "";

    @Option(names = "--file", paramLabel = "FILE", description = "write it there instead, mode rw-------")
    private @Nullable Path file;

    @Option(names = "--json", description = "print token, spiffe_id, audience and expires_at as JSON")
    private boolean json;

    @Option(
            names = "--sds-socket",
            paramLabel = "PATH",
            description = "the agent's socket of secrets (default: OUTRIGGER_SDS_SOCKET, else sds.sock in the work"
                    + " directory)")
    private @Nullable Path socket;

    @Option(
            names = "--work-dir",
            paramLabel = "PATH",
            description = "the agent's work directory (default: OUTRIGGER_WORK_DIR, else /var/run/outrigger)")
    private @Nullable Path workDir;

    @Override
    public Integer call() throws IOException {
        if (audience.isEmpty()) {
            System.err.println("outrigger: --audience is empty; name whom the token is for");
            return Cli.USAGE;
        }
        var token = TokenClient.fetch(socket(), audience);
        var text = json ? described(token).pretty() : token.token();
        if (file == null) {
            System.out.println(text);
        } else {
            AtomicFile.write(file, text, "rw-------");
        }
        return Cli.OK;
    }

    private static Json described(JwtSvid token) {
        return Json.object()
                .put("token", token.token())
                .put("spiffe_id", token.spiffeId())
                .put("audience", token.audience())
                .put("expires_at", token.expiresAt().toString());
    }

    private Path socket() {
        if (socket != null) {
            return socket;
        }
        var environment = Machine.here().environment();
        var given = environment.get(Setting.SDS_SOCKET.variable());
        if (workDir == null && given != null) {
            return Path.of(given);
        }
        var folder = environment.getOrDefault(Setting.WORK_DIR.variable(), Setting.WORK_DIR.fallback());
        return (workDir == null ? Path.of(folder) : workDir).resolve("sds.sock");
    }
}
