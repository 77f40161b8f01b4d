package dev.outrigger.agent.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real xDS clients and servers of grpc-java behind a real agent.
class ProxylessGrpcTest {
    @TempDir
    Path folder;

    @Test
    void clientAndServerFindEachOtherFollowPushesAndOutliveTheControlPlane() throws Exception {
        try (var mesh = Mesh.plaintext();
                var _ = RunningAgent.start(folder, mesh.address());
                var proxyless = Proxyless.of(folder.resolve("grpc-bootstrap.json"))) {
            var one = proxyless.server("one");
            var two = proxyless.server("two");
            mesh.publish(one);
            var client = proxyless.client("greeter");

            assertThat(Greeting.ask(client)).isEqualTo("one");

            mesh.publish(two);
            Eventually.answers(() -> Greeting.ask(client), "two"::equals);

            mesh.stop();
            for (var i = 0; i < 100; i++) {
                assertThat(Greeting.ask(client)).isEqualTo("two");
            }

            mesh.startAgain(one);
            Eventually.answers(() -> Greeting.ask(client), "one"::equals);
            assertThat(mesh.refused()).isEmpty();
        }
    }
}
