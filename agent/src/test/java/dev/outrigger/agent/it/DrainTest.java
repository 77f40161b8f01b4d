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

    @Test
    void aWorkloadThatNobodyUsesIsDrainedInLessThanASecond() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--drain-max=" + DRAIN_MAX)) {
            agent.awaitReady();

            agent.terminate();

            assertThat(agent.awaitExit()).isZero();
            assertThat(drainMillis(agent)).isLessThan(1_000);
        }
    }

    @Test
    void aSlowRequestOutboundIsAnsweredBeforeTheEnd() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder, DrainTest::straightToTheApplication);
                var agent = mesh.agent("--drain-max=" + DRAIN_MAX)) {
            agent.awaitReady();
            try (var slow = Traffic.start(mesh.outbound(), "/slow?ms=2000", 1, new AtomicBoolean(true)::get)) {
                agent.await("carrying the request", () -> activeOutbound(mesh) > 0);

                agent.terminate();
                slow.stop();

                assertThat(agent.awaitExit()).isZero();
                assertThat(slow.failures()).isEmpty();
                assertThat(slow.answered()).isEqualTo(1);
            }
        }
    }

    @Test
    void sigusr2DrainsInboundLeavesOutboundAloneAndALaterSigtermEndsAtOnce() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder, DrainTest::straightToTheApplication);
                var agent = mesh.agent("--drain-max=" + DRAIN_MAX, "--drain-min=1s", "--drain-outbound=ignore");
                var outbound = Traffic.start(mesh.outbound(), "/", 2, agent::isAlive)) {
            agent.awaitReady();
            outbound.awaitFirst();

            Processes.signal("USR2", agent.pid());
            agent.awaitUnready("draining, asked for by SIGUSR2");
            agent.await("drained", () -> agent.log().contains("outbound goes on until the agent is told to end"));
            outbound.await(50);
            outbound.stop();

            var told = System.nanoTime();
            agent.terminate();
            assertThat(agent.awaitExit()).isZero();
            assertThat(outbound.failures()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - told)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void drainIsAskedForFromTheCommandLineAndTellsHowItEnded() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--drain-max=" + DRAIN_MAX)) {
            agent.awaitReady();

            try (var drain = mesh.command("drain", "--wait")) {
                assertThat(drain.awaitExit()).as(drain.log()).isZero();
                assertThat(drain.log()).contains("nothing is in flight");
            }
            assertThat(agent.status("drain", "ended")).isEqualTo("nothing is in flight");
            assertThat(mesh.get("/greeting").status()).isEqualTo(200);

            try (var end = mesh.command("drain", "--exit", "--wait")) {
                assertThat(end.awaitExit()).as(end.log()).isZero();
            }
            assertThat(agent.awaitExit()).isZero();
        }
    }

    private static int drainMillis(AgentProcess agent) {
        var match = java.util.regex.Pattern.compile("Envoy drained after_ms=(\\d+): nothing is in flight")
                .matcher(agent.log());
        assertThat(match.find()).as(agent.log()).isTrue();
        return Integer.parseInt(match.group(1));
    }

    private static long activeOutbound(Mesh mesh) {
        try {
            var stats = mesh.envoy("/stats?filter=^http.hello.downstream_rq_active$")
                    .body()
                    .strip();
            return stats.isEmpty() ? 0 : Long.parseLong(stats.substring(stats.lastIndexOf(' ') + 1));
        } catch (IOException e) {
            return 0;
        }
    }

    /// Without the inbound hop, whose drain would hold the end anyway.
    private static String straightToTheApplication(String yaml) {
        return yaml.replace("route: {cluster: hello-mtls", "route: {cluster: application");
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
