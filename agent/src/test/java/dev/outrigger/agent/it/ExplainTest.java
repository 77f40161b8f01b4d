package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `outrigger xds`: what was pushed, what Envoy said, what it holds, and why.
class ExplainTest {
    @TempDir
    private Path folder;

    @Test
    void whatWasPushedRefusedAndHeldIsTold() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            mesh.greet("hi");
            agent.await("greeting", () -> mesh.greeting().equals("hi"));

            assertThat(told(mesh, 0, "log", "--type=rds"))
                    .contains(
                            "RouteConfiguration version 1",
                            "added    hello",
                            "version 2",
                            "changed  hello",
                            "ACK after");
            assertThat(told(mesh, 0, "resources", "--type=lds"))
                    .contains("stream 1 (delta)", "Listener: 2 held, asked for everything", "hello-mtls");
            assertThat(told(mesh, 0, "why", "hello-mtls")).contains("Cluster", "Listener", "ACK");
            assertThat(told(mesh, 0, "diff", "--type=RouteConfiguration", "--json"))
                    .contains("\"answer\": \"ACK\"", "\"hello\"");

            mesh.publish(yaml -> yaml.replace("domains: [\"*\"]", "domains: [\"*\", \"*\"]"));
            agent.await("refusal", () -> log(agent).contains("NACK"));

            assertThat(told(mesh, 0, "why", "hello")).contains("NACK", "domain");
            assertThat(mesh.greeting()).isEqualTo("hi");
            assertThat(told(mesh, 1, "why", "helo")).contains("hello");
            assertThat(told(mesh, 64, "log", "--type=nonsense")).contains("no such type here");
            assertThat(told(mesh, 64, "log", "--last=0")).contains("write a number from 1 on");
            assertThat(agent.ask("GET", "/debug/xds?show=log", "*/*").body()).doesNotContain("PRIVATE KEY");
        }
    }

    private static String log(AgentProcess agent) {
        return agent.ask("GET", "/debug/xds?show=log", "text/plain").body();
    }

    private static String told(Mesh mesh, int exit, String... arguments) throws IOException, InterruptedException {
        var all = new String[arguments.length + 1];
        all[0] = "xds";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        try (var command = mesh.command(all)) {
            assertThat(command.awaitExit()).as(command.log()).isEqualTo(exit);
            return command.log();
        }
    }
}
