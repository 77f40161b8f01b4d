package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// A random life of the discovery relay under constant traffic, a step at a time. After each step, what Envoy
/// holds equals what the control plane serves or, while that is away, what Envoy accepted last.
///
/// Requests may be lost only while there is no Envoy that serves: from the moment it, or the agent, is killed or
/// told to stop until the agent is ready again and each client has had an answer.
final class XdsSoak implements AutoCloseable {
    private static final int CLIENTS = 2;
    private static final int LIMIT_SECONDS = 60;

    private final RandomGenerator random;
    private final Path folder;
    private final String mode;
    private final Mesh mesh;
    private final Wire wire;
    private final XdsWorld world;
    private final List<String> history = new ArrayList<>();
    private AgentProcess agent;
    private Traffic traffic;

    private XdsSoak(RandomGenerator random, Path folder, String mode) throws IOException {
        this.random = random;
        this.folder = folder;
        this.mode = mode;
        this.mesh = Mesh.start(folder);
        this.wire = Wire.to(mesh.controlPlaneAddress());
        this.world = new XdsWorld(random, mesh.yaml());
        push();
        this.agent = startAgent();
    }

    /// @param mode `delta` or `sotw`
    static XdsSoak start(RandomGenerator random, Path folder, String mode) throws IOException {
        return new XdsSoak(random, folder, mode);
    }

    void run(int steps) throws IOException, InterruptedException {
        agent.awaitReady();
        try (var started = Traffic.start(mesh.outbound(), "/", CLIENTS)) {
            traffic = started;
            traffic.await(CLIENTS);
            check();
            while (history.size() < steps) {
                if (step()) {
                    check();
                    traffic.await(CLIENTS);
                }
            }
            traffic.stop();
            assertThat(traffic.failures()).isEmpty();
        }
    }

    /// What has been done.
    String history() {
        return String.join("; ", history);
    }

    /// Of all requests.
    String requests() {
        return traffic == null ? "" : traffic.answered() + " requests answered, " + traffic.excused();
    }

    /// The end of the agent's log.
    String log() {
        return agent.tail();
    }

    /// @return whether this step was possible
    private boolean step() throws IOException, InterruptedException {
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> does("push " + world.change(), this::push);
            case 5, 6 -> breakOne();
            case 7, 8 -> world.isBroken() && does("heal", this::heal);
            case 9, 10 -> does("cut", wire::cut);
            case 11 ->
                does("push and cut " + world.change(), () -> {
                    push();
                    wire.cut();
                });
            case 12 -> mesh.hasControlPlane() && does("restart control plane", this::restartControlPlane);
            case 13, 14 -> mesh.hasControlPlane() && does("control plane leaves", this::leave);
            case 15, 16 -> !mesh.hasControlPlane() && does("control plane returns", mesh::startControlPlane);
            case 17 -> mayRestart() && does("kill Envoy", this::killEnvoy);
            case 18 -> mayRestart() && does("stop agent", () -> restartAgent(AgentProcess::terminate));
            default -> mayRestart() && does("kill agent", this::killAgent);
        };
    }

    private void push() {
        mesh.publish(_ -> world.yaml());
    }

    private boolean breakOne() throws IOException, InterruptedException {
        if (!mesh.hasControlPlane()) {
            return false;
        }
        var what = world.breakOne();
        return what != null
                && does("break " + what, () -> {
                    int before = nacks();
                    push();
                    agent.await("told of a NACK", () -> nacks() > before);
                });
    }

    private int nacks() {
        return agent.log().split("push refused stream=", -1).length;
    }

    private void heal() {
        world.heal();
        push();
    }

    private void restartControlPlane() throws IOException {
        mesh.stopControlPlane();
        mesh.startControlPlane();
    }

    private void leave() {
        mesh.stopControlPlane();
        agent.await("told of the outage", () -> agent.status("xds", "connected").equals("false"));
    }

    private boolean mayRestart() {
        return !mesh.hasControlPlane() || world.isStartable();
    }

    private void killEnvoy() {
        traffic.whileItMayFail(() -> {
            var before = agent.envoyPid();
            Processes.kill(before);
            agent.await(
                    "serving with another Envoy",
                    () -> agent.status("envoy", "pid").matches("[1-9]\\d*")
                            && agent.envoyPid() != before
                            && agent.isReady());
        });
        restarted();
    }

    private void killAgent() {
        awaitKept();
        restartAgent(AgentProcess::kill);
    }

    private interface End {
        void end(AgentProcess agent);
    }

    private void restartAgent(End end) {
        traffic.whileItMayFail(() -> {
            try {
                end.end(agent);
                agent.awaitExit();
                agent.close();
                Eventually.holds(
                        5,
                        () -> Processes.naming(folder.toString()).isEmpty(),
                        () -> "left behind: " + Processes.naming(folder.toString()));
                agent = startAgent();
                agent.awaitReady();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        });
        restarted();
    }

    private void restarted() {
        if (!mesh.hasControlPlane()) {
            world.restore();
        } else if (!world.brokenName().isEmpty()) {
            if (held().containsKey(world.brokenName())) {
                world.hasGoodOfBroken();
            } else {
                world.lacksBroken();
            }
        }
    }

    /// What was accepted comes to disk within a second; an agent that is killed before has lost it.
    private void awaitKept() {
        Eventually.holds(
                5,
                () -> {
                    var kept = kept();
                    return kept.contains(".NameTable")
                            && world.acceptedMarkers().stream().allMatch(kept::contains);
                },
                () -> "accepted and not kept: "
                        + world.acceptedMarkers().stream()
                                .filter(it -> !kept().contains(it))
                                .toList());
    }

    private String kept() {
        try {
            return Files.readString(folder.resolve("xds-snapshot"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private void check() {
        if (mesh.hasControlPlane()) {
            world.reach();
        }
        var wanted = EnvoyDump.of(world.wanted());
        Eventually.holds(LIMIT_SECONDS, () -> held().equals(wanted), () -> difference(wanted, held()));
        agent.awaitReady();
        assertThat(traffic.failures()).isEmpty();
    }

    private Map<String, String> held() {
        try {
            var answer = mesh.envoy("/config_dump?include_eds");
            return answer.status() == 200 ? EnvoyDump.of(answer.body()) : Map.of();
        } catch (IOException e) {
            return Map.of("no config dump", e.toString());
        }
    }

    private static String difference(Map<String, String> wanted, Map<String, String> held) {
        var lacking = new HashMap<>(wanted);
        lacking.entrySet().removeAll(held.entrySet());
        var others = new HashMap<>(held);
        others.entrySet().removeAll(wanted.entrySet());
        return "Envoy should hold " + lacking + "\nand holds " + others;
    }

    private AgentProcess startAgent() throws IOException {
        return mesh.agent(
                "--control-plane=" + LocalHttp.authority(wire.address()),
                "--xds-mode=" + mode,
                "--xds-snapshot=on",
                "--envoy-restarts=100",
                "--envoy-restart-window=1s",
                "--drain-max=1s");
    }

    private boolean does(String what, Action action) throws IOException, InterruptedException {
        history.add(what);
        action.run();
        return true;
    }

    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    @Override
    public void close() throws IOException {
        agent.close();
        wire.close();
        mesh.close();
    }
}
