package dev.outrigger.agent.it;

import static dev.outrigger.agent.it.RelayClient.Reading.COUNTS;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.testkit.FakeControlPlane;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent as it is started by default carries pushes beyond what any mesh has.
class HugePushTest {
    private static final String EDS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    private static final int SIZE = 64 << 20;

    @TempDir
    private Path folder;

    @Test
    void aPushOf64MebibytesPassesWithTheDefaultMemory() throws Exception {
        try (var controlPlane = FakeControlPlane.start();
                var agent = AgentProcess.relay(folder, controlPlane.address());
                var client = open(agent)) {
            client.send(DiscoveryRequest.newBuilder()
                    .setNode(Node.newBuilder().setId("n"))
                    .setTypeUrl(EDS)
                    .build()
                    .toByteArray());
            controlPlane.await(EDS);
            var push = DiscoveryResponse.newBuilder()
                    .setTypeUrl(EDS)
                    .setNonce("n")
                    .addResources(Any.newBuilder().setValue(ByteString.copyFrom(new byte[SIZE])))
                    .build()
                    .toByteArray();

            controlPlane.pushRaw(push);

            agent.await("done", () -> client.bytes() == push.length);
            System.out.println(
                    "64 MiB passed; the agent occupies " + Processes.residentMegabytes(agent.pid()) + " MiB");
        }
    }

    private RelayClient open(AgentProcess agent) {
        agent.awaitReady();
        return RelayClient.ads(folder.resolve("xds.sock"), "sotw", COUNTS);
    }
}
