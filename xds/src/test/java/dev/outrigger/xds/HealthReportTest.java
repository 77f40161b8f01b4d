package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.LDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.delta;
import static dev.outrigger.xds.Messages.sotw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeControlPlane;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The control plane hears how the workload is.
class HealthReportTest {
    private static final String HEALTH = "type.googleapis.com/istio.v1.HealthInformation";

    @TempDir
    Path folder;

    private FakeControlPlane controlPlane;

    @BeforeEach
    void serve() throws Exception {
        controlPlane = FakeControlPlane.start();
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void eachChangeIsToldAndToldAgainOnTheNextStream(Protocol protocol) throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(protocol)) {
            relay.proxy.reportHealth(Optional.of("GET http://127.0.0.1:8080/: status 503"));
            client.send(
                    protocol == Protocol.DELTA
                            ? delta(LDS).setNode(NODE).build().toByteArray()
                            : sotw(LDS).setNode(NODE).build().toByteArray());

            var unwell = controlPlane.await(request -> request.typeUrl().equals(HEALTH));
            assertThat(unwell.error()).isEqualTo("GET http://127.0.0.1:8080/: status 503");

            relay.proxy.reportHealth(Optional.empty());

            var well = controlPlane.await(request ->
                    request.typeUrl().equals(HEALTH) && request.error().isEmpty());

            controlPlane.stop();
            relay.await("disconnected");
            controlPlane.restart();

            controlPlane.await(request -> request.typeUrl().equals(HEALTH) && request.stream() > well.stream());
        }
    }

    @Test
    void nothingIsToldBeforeAnythingIsKnown() {
        assertThat(new HealthReport().message(Protocol.DELTA)).isNull();
    }
}
