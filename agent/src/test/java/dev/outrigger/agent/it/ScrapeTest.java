package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The merged scrape of a real Envoy, an application and the agent.
@Timeout(120)
class ScrapeTest {
    private static final String OPEN = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    private static final Pattern OURS = Pattern.compile("\\b(outrigger_[a-z0-9_]+)");
    private static final Pattern REQUESTS = Pattern.compile(
            "(?m)^envoy_cluster_external_upstream_rq_completed\\{[^\n]*} ([0-9]+)$|^envoy_http_downstream_rq_completed\\{[^\n]*http[^\n]*} ([0-9]+)$");

    @TempDir
    private Path folder;

    @Test
    void everyFormatIsReadAndTheDashboardAsksForWhatIsThere() throws Exception {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            mesh.get("/greeting");

            var text = agent.ask("GET", "/metrics", "text/plain;version=0.0.4").body();
            var open = agent.ask("GET", "/stats/prometheus", OPEN).body();

            assertThat(promtool(text)).isEmpty();
            assertThat(open)
                    .endsWith("\n# EOF\n")
                    .contains("\nenvoy_server_live 1\n", "\nhello_info{application=\"echo\"} 1");
            var heads = open.lines()
                    .filter(line -> line.startsWith("# TYPE "))
                    .map(line -> line.split(" ", -1)[2])
                    .toList();
            assertThat(heads).doesNotHaveDuplicates();
            for (var name : wanted()) {
                assertThat(text).as(name + ", which deploy/ asks for").containsPattern("(?m)^" + name + "(\\{| )");
            }
        }
    }

    @Test
    void countersGoOnWhenEnvoyIsKilled() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            for (var i = 0; i < 5; i++) {
                mesh.get("/greeting");
            }
            var before = requests(agent.ask("GET", "/metrics", "*/*").body());
            var killed = agent.envoyPid();

            Processes.kill(killed);
            agent.await("serving with another Envoy", () -> agent.envoyPid() != killed && agent.isReady());
            mesh.get("/greeting");

            assertThat(before).isPositive();
            assertThat(requests(agent.ask("GET", "/metrics", "*/*").body())).isGreaterThan(before);
        }
    }

    private static long requests(String text) {
        var found = REQUESTS.matcher(text);
        var sum = 0L;
        while (found.find()) {
            sum += Long.parseLong(found.group(1) == null ? found.group(2) : found.group(1));
        }
        return sum;
    }

    private static Set<String> wanted() throws IOException {
        var wanted = new TreeSet<String>();
        for (var file : new String[] {"grafana-dashboard.json", "prometheus-rules.yaml"}) {
            var found = OURS.matcher(Files.readString(Path.of("..", "deploy", file)));
            while (found.find()) {
                wanted.add(found.group(1));
            }
        }
        return wanted;
    }

    /// What is wrong with a text, as far as there is a promtool to tell; its advice about names does not count.
    private String promtool(String text) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        for (var place : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            if (command.isEmpty() && Files.isExecutable(Path.of(place, "promtool"))) {
                command.add(Path.of(place, "promtool").toString());
            }
        }
        if (command.isEmpty()) {
            return "";
        }
        command.add("check");
        command.add("metrics");
        var file = folder.resolve("scrape.txt");
        Files.writeString(file, text);
        var check = new ProcessBuilder(command)
                .redirectInput(file.toFile())
                .redirectErrorStream(true)
                .start();
        var said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var status = check.waitFor();
        return status == 0 || status == 3 ? "" : said;
    }
}
