package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent is told to stop while requests are under way.
class DrainTest {
    private static final int PROBE_MILLIS = 100;
    private static final Duration DRAIN_MAX = Duration.ofSeconds(15);

    @TempDir
    private Path folder;

    @Test
    void sigtermUnderTrafficLosesNoRequestAndLeavesNothingBehind() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder, DrainTest::drainedAtBothHops);
                var agent = mesh.agent("--drain-max=" + DRAIN_MAX)) {
            agent.awaitReady();
            var inService = new AtomicBoolean(true);
            try (var quick = Traffic.start(mesh.outbound(), "/", 4, inService::get);
                    var slow = Traffic.start(mesh.outbound(), "/slow?ms=300", 4, inService::get)) {
                quick.await(100);
                slow.await(4);

                var told = System.nanoTime();
                agent.terminate();
                probeAsAPlatform(agent, inService);
                quick.stop();
                slow.stop();
                var status = agent.awaitExit();
                var took = Duration.ofNanos(System.nanoTime() - told);

                assertThat(quick.failures()).isEmpty();
                assertThat(slow.failures()).isEmpty();
                assertThat(status).as(agent.log()).isZero();
                assertThat(took).isLessThan(DRAIN_MAX);
                assertThat(agent.log()).contains(": nothing is in flight");
                assertThat(Processes.naming(folder.toString())).isEmpty();
                assertThat(folder.resolve("xds.sock")).doesNotExist();
                assertThat(folder.resolve("sds.sock")).doesNotExist();
            }
        }
    }

    /// Takes the workload out of service when a probe fails, not earlier.
    private static void probeAsAPlatform(AgentProcess agent, AtomicBoolean inService) throws InterruptedException {
        var never = new CountDownLatch(1);
        while (agent.isReady()) {
            never.await(PROBE_MILLIS, TimeUnit.MILLISECONDS);
        }
        inService.set(false);
    }

    /// The plain listener counts as inbound too, so that its clients meet a draining HTTP/1.1 server.
    private static String drainedAtBothHops(String yaml) {
        return yaml.replace("traffic_direction: OUTBOUND", "traffic_direction: INBOUND");
    }
}
