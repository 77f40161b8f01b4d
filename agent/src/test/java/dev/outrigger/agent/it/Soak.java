package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// A random life of one agent under constant traffic, a step at a time. Each request makes a TLS handshake of its own
/// behind Envoy's first listener. After each step everything must work.
final class Soak implements AutoCloseable {
    private static final int CLIENTS = 4;
    private static final String[] FLAGS = {"--envoy-restarts=100", "--envoy-restart-window=1s", "--drain-max=1s"};

    /// The heap may fill up to -Xmx64m, whatever it held at first. More than that is memory outside of the heap that
    /// does not come back: buffers, threads, classes.
    private static final long MOST_GROWTH_MEGABYTES = 64;

    private final RandomGenerator random;
    private final Mesh mesh;
    private final Path folder;
    private final List<String> history = new ArrayList<>();
    private AgentProcess agent;
    private Traffic traffic;
    private long residentAtFirst;
    private long residentAtLast;
    private int pushes;

    private Soak(Path folder, RandomGenerator random, Mesh mesh, AgentProcess agent) {
        this.folder = folder;
        this.random = random;
        this.mesh = mesh;
        this.agent = agent;
    }

    static Soak start(Path folder, RandomGenerator random) throws IOException {
        var mesh = Mesh.start(folder, Mesh::withAHandshakeForEachRequest);
        return new Soak(folder, random, mesh, mesh.agent(FLAGS));
    }

    /// Steps until the time is over.
    void run(Duration duration) throws InterruptedException {
        awaitAgent();
        try (var started = Traffic.start(mesh.outbound(), "/", CLIENTS)) {
            traffic = started;
            var end = System.nanoTime() + duration.toNanos();
            while (System.nanoTime() < end) {
                check();
                step();
            }
            traffic.stop();
            check();
        }
    }

    /// What has been done, for the message of a failure.
    String history() {
        return history.size() + " steps, the last: "
                + String.join(", ", history.subList(Math.max(0, history.size() - 20), history.size()));
    }

    /// How much of it the agent of the last step holds.
    String memory() {
        return "the agent held " + residentAtFirst + " MiB when it was ready, then " + residentAtLast + " MiB";
    }

    /// The end of the agent's log.
    String log() {
        return agent.tail();
    }

    private void step() {
        try {
            var choice = random.nextInt(20);
            if (choice < 7) {
                does("push", this::push);
            } else if (choice < 12) {
                does("rotate", this::rotate);
            } else if (choice < 16) {
                does(mesh.hasControlPlane() ? "stop control plane" : "start control plane", this::toggleControlPlane);
            } else if (choice < 19) {
                does("kill Envoy", this::killEnvoy);
            } else {
                does("restart agent", this::restartAgent);
            }
            traffic.await(CLIENTS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void push() {
        mesh.greet("push " + ++pushes);
        awaitLastPush();
    }

    private void awaitLastPush() {
        if (mesh.hasControlPlane() && pushes > 0) {
            agent.await("serving push " + pushes, () -> mesh.greeting().equals("push " + pushes));
        }
    }

    private void rotate() throws IOException {
        var before = Mesh.certificate(mesh.get("/").body());
        agent.rotate();
        traffic.awaitEach(
                "shown with a new certificate", body -> !Mesh.certificate(body).equals(before));
    }

    private void toggleControlPlane() throws IOException {
        if (mesh.hasControlPlane()) {
            mesh.stopControlPlane();
            agent.await(
                    "told of the outage", () -> agent.status("xds", "connected").equals("false"));
        } else {
            mesh.startControlPlane();
            awaitLastPush();
        }
    }

    private void killEnvoy() {
        traffic.whileItMayFail(() -> {
            var before = agent.envoyPid();
            Processes.kill(before);
            requireControlPlane();
            agent.await("serving with another Envoy", () -> agent.envoyPid() != before && agent.isReady());
        });
        awaitLastPush();
    }

    private void restartAgent() {
        traffic.whileItMayFail(() -> {
            agent.terminate();
            assertThat(exit(agent)).as(agent.tail()).isZero();
            assertThat(Processes.naming(folder.toString())).isEmpty();
            requireControlPlane();
            startAgent();
        });
        awaitLastPush();
    }

    /// A new Envoy gets its configuration from nowhere else.
    private void requireControlPlane() {
        if (!mesh.hasControlPlane()) {
            try {
                mesh.startControlPlane();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void startAgent() {
        try {
            agent = mesh.agent(FLAGS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitAgent();
    }

    private void awaitAgent() {
        agent.awaitReady();
        residentAtFirst = Processes.residentMegabytes(agent.pid());
    }

    private void check() {
        agent.awaitReady();
        assertThat(traffic.failures()).isEmpty();
        assertThat(Processes.naming(folder.toString())).containsExactlyInAnyOrder(agent.pid(), agent.envoyPid());
        residentAtLast = Processes.residentMegabytes(agent.pid());
        assertThat(residentAtLast - residentAtFirst)
                .as("growth of the agent in MiB")
                .isLessThan(MOST_GROWTH_MEGABYTES);
        assertThat(agent.ask("GET", "/stats/prometheus", "*/*").status()).isEqualTo(200);
        try {
            assertThat(mesh.lookUp("hello.demo.svc.cluster.local.")).isEqualTo("127.0.0.1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        agent.close();
        mesh.close();
    }

    private static int exit(AgentProcess agent) {
        try {
            return agent.awaitExit();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private void does(String what, Action action) throws IOException {
        history.add(what);
        action.run();
    }

    private interface Action {
        void run() throws IOException;
    }
}
