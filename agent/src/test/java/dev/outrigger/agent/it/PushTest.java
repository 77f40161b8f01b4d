package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pushes while requests are under way.
class PushTest {
    private static final int PUSHES = 40;

    @TempDir
    private Path folder;

    @Test
    void manyRoutePushesReachEveryConnectionAndLoseNoRequest() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            try (var greetings = Traffic.start(mesh.outbound(), "/greeting", 4);
                    var requests = Traffic.start(mesh.outbound(), "/", 4)) {
                for (var i = 0; i < PUSHES; i++) {
                    var text = "push " + i + " of many";
                    mesh.greet(text);
                    mesh.publish(i % 2 == 0 ? PushTest::straight : PushTest::throughBothHops);
                    if (i % 4 == 3) {
                        greetings.awaitEach("greeted with " + text, text::equals);
                    }
                }
                requests.awaitEach("led through both hops", body -> body.contains("x-forwarded-client-cert"));
                greetings.stop();
                requests.stop();

                assertThat(greetings.failures()).isEmpty();
                assertThat(requests.failures()).isEmpty();
                assertThat(requests.answered()).isGreaterThan(PUSHES);
            }
        }
    }

    private static String straight(String yaml) {
        return yaml.replace(
                "route: {cluster: hello-mtls, timeout: 15s}", "route: {cluster: application, timeout: 14s}");
    }

    private static String throughBothHops(String yaml) {
        return yaml.replace(
                "route: {cluster: application, timeout: 14s}", "route: {cluster: hello-mtls, timeout: 15s}");
    }
}
