package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `outrigger xds`: what was pushed, what Envoy said, what it holds, and why. `outrigger dns`: who knows a
/// name.
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

    @Test
    void whoKnowsANameIsTold() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();

            assertThat(tell(mesh, 0, "dns", "lookup", "hello.demo.svc.cluster.local", "--trace"))
                    .contains("question hello.demo.svc.cluster.local", "the table has the name", "127.0.0.1")
                    .contains("NOERROR, from table");
            assertThat(tell(mesh, 0, "dns", "lookup", "hello.demo", "TXT", "--json"))
                    .contains("\"source\": \"table\"", "\"rcode\": \"NOERROR\"");
            assertThat(tell(mesh, 0, "dns", "table", "hello")).contains("hello.demo.svc.cluster.local");
            assertThat(tell(mesh, 1, "dns", "table", "nosuchname")).contains("no such name");
            assertThat(tell(mesh, 64, "dns", "lookup", "a..b")).contains("is not a domain name");
            assertThat(tell(mesh, 64, "dns", "lookup", "a.test", "NONSENSE")).contains("no type of records");
        }
    }

    private static String log(AgentProcess agent) {
        return agent.ask("GET", "/debug/xds?show=log", "text/plain").body();
    }

    private static String told(Mesh mesh, int exit, String... arguments) throws IOException, InterruptedException {
        var all = new String[arguments.length + 1];
        all[0] = "xds";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return tell(mesh, exit, all);
    }

    private static String tell(Mesh mesh, int exit, String... command) throws IOException, InterruptedException {
        try (var running = mesh.command(command)) {
            assertThat(running.awaitExit()).as(running.log()).isEqualTo(exit);
            return running.log();
        }
    }
}
