package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Addresses;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Setting;
import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a command finds the agent it asks.
final class AgentOptions {
    private static final Duration TIMEOUT = Duration.ofSeconds(35);

    @Option(
            names = "--status-address",
            paramLabel = "HOST:PORT",
            description = "the agent's status address (default: OUTRIGGER_STATUS_ADDRESS, else 127.0.0.1:15020)")
    private @Nullable String status;

    @Option(
            names = "--admin-address",
            paramLabel = "HOST:PORT",
            description = "Envoy's admin address (default: OUTRIGGER_ADMIN_ADDRESS, else 127.0.0.1:15000)")
    private @Nullable String admin;

    /// The agent's status server.
    Asked agent() throws IOException {
        return new Asked(Setting.STATUS_ADDRESS, status, "the agent", "is outrigger run up");
    }

    /// Shows a page of the agent.
    ///
    /// @return the exit status
    int show(String path, boolean json) throws IOException {
        return show("GET", path, json);
    }

    /// Asks the agent for something and shows its answer.
    ///
    /// @return the exit status
    int show(String method, String path, boolean json) throws IOException {
        var answer = agent().ask(method, path, json ? "application/json" : "text/plain");
        if (answer.status() == 400) {
            System.err.print(json ? answer.body() : "outrigger: " + answer.body());
            return Cli.USAGE;
        }
        System.out.print(answer.body());
        return answer.status() == 200 ? Cli.OK : Cli.FAILED;
    }

    /// In a query of {@link #show}.
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// Envoy's admin interface.
    Asked envoy() throws IOException {
        return new Asked(Setting.ADMIN_ADDRESS, admin, "Envoy's admin interface", "is Envoy up");
    }

    /// One server and what to say when it does not answer.
    static final class Asked {
        private final LocalHttp http;
        private final String where;
        private final String hint;

        private Asked(Setting setting, @Nullable String flag, String name, String question) throws IOException {
            var fromEnvironment = Machine.here().environment().get(setting.variable());
            var text = flag != null ? flag : fromEnvironment != null ? fromEnvironment : setting.fallback();
            var address = Addresses.parse(text, Optional.empty())
                    .orElseThrow(() -> new IOException(
                            setting.flag() + "=" + text + ": no address; write HOST:PORT, the port up to 65535"));
            this.http = new LocalHttp(address, TIMEOUT);
            this.where = name + " at " + LocalHttp.authority(address);
            this.hint = "; " + question + "? Set " + setting.flag() + " when it listens elsewhere";
        }

        LocalHttp.Answer ask(String method, String path, String accept) throws IOException {
            try {
                return http.ask(method, path, accept);
            } catch (IOException e) {
                throw new IOException(where + " does not answer (" + e.getMessage() + ")" + hint, e);
            }
        }
    }
}
