package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// One life of an agent to which things happen in random order, and what may come of it.
final class Walk {
    /// What happens.
    enum Step {
        KILL_ENVOY,
        HANG_ENVOY,
        CONTROL_PLANE,
        DISK,
        SIGUSR2,
        SIGTERM
    }

    private static final int KILLED = 128 + 9;
    private static final int TERMINATED = 128 + 15;
    private static final int OF_APPLICATION = 5;
    private static final int KEEP = 3;
    private static final int DISK_KILOBYTES = 64;
    private static final int STEPS = 7;
    private static final int LONGEST_PAUSE_MILLIS = 400;
    private static final int USR2 = 12;
    private static final int STOP = 19;
    private static final int CONT = 18;
    private static final String APPLICATION =
            "trap 'exit " + OF_APPLICATION + "' TERM; echo up and running; while :; do sleep 0.05; done";

    private final RandomGenerator random;
    private final Path folder;
    private final Mesh mesh;
    private final boolean hasApplication;
    private final boolean isEarly;
    private final int restarts;
    private final List<String> disk;
    private final Path crashes;
    private final List<String> history = new ArrayList<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private boolean isDiskFull;
    private boolean isTold;
    private int kills;

    Walk(RandomGenerator random, Path folder, Mesh mesh) throws IOException {
        this.random = random;
        this.folder = folder;
        this.mesh = mesh;
        this.hasApplication = random.nextBoolean();
        this.isEarly = !hasApplication && random.nextBoolean();
        this.restarts = random.nextInt(4);
        this.crashes = Files.createDirectory(folder.resolve("small-disk"));
        this.disk = Namespaces.smallDisk(crashes, DISK_KILOBYTES);
    }

    /// What has happened so far.
    String history() {
        return (hasApplication ? "application, " : isEarly ? "Envoy first, " : "") + restarts + " restarts: "
                + String.join(" ", history);
    }

    void run() throws IOException, InterruptedException {
        try (var agent = start()) {
            agent.await("listening to signals", () -> !agent.log().isEmpty());
            if (random.nextInt(4) > 0) { // else things happen to an agent that still starts
                agent.awaitReady();
                agent.await(
                        "running its application",
                        () -> !hasApplication || agent.log().contains("up and running"));
            }
            for (var i = 0; i < STEPS && !isTold && !isOver(); i++) {
                step(agent, Step.values()[random.nextInt(Step.values().length)]);
                pause();
            }
            if (!isTold && !isOver()) {
                terminate(agent);
            }
            check(agent, agent.awaitExit());
        }
    }

    private AgentProcess start() throws IOException {
        var flags = List.of(
                "--crash-dir=" + crashes,
                "--crash-keep=" + KEEP,
                "--envoy-restarts=" + restarts,
                "--drain-max=2s",
                "--application-stop=3s");
        var all = flags.toArray(String[]::new);
        if (hasApplication) {
            return mesh.run(disk, List.of("bash", "-c", APPLICATION, folder.toString()), all);
        }
        return isEarly ? new Launcher(folder).run(mesh, disk, "2s", all) : mesh.run(disk, all);
    }

    /// More crashes than are healed end the agent.
    private boolean isOver() {
        return kills > restarts;
    }

    private void step(AgentProcess agent, Step step) throws IOException, InterruptedException {
        history.add(step.name());
        switch (step) {
            case KILL_ENVOY -> killEnvoy(agent);
            case HANG_ENVOY -> hangEnvoy(agent);
            case CONTROL_PLANE -> {
                if (mesh.hasControlPlane()) {
                    mesh.stopControlPlane();
                } else {
                    mesh.startControlPlane();
                }
            }
            case DISK -> changeDisk(agent);
            case SIGUSR2 -> Processes.signal(agent.pid(), USR2);
            case SIGTERM -> terminate(agent);
        }
    }

    private void killEnvoy(AgentProcess agent) {
        var envoy = envoy(agent);
        if (envoy > 0) {
            Processes.kill(envoy);
            Eventually.holds(5, () -> !Processes.isRunning(envoy), () -> "Envoy cannot be killed");
            kills++;
        }
    }

    /// For a moment, or for good.
    private void hangEnvoy(AgentProcess agent) throws IOException, InterruptedException {
        var envoy = envoy(agent);
        if (envoy > 0) {
            Processes.signal(envoy, STOP);
            pause();
            if (random.nextBoolean()) {
                Processes.signal(envoy, CONT);
                history.add("(and goes on)");
            }
        }
    }

    /// @return 0 while none runs
    private static long envoy(AgentProcess agent) {
        var pid = agent.status("envoy", "pid");
        var number = pid.matches("[1-9]\\d*") ? Long.parseLong(pid) : 0;
        return number > 0 && Processes.isRunning(number) ? number : 0;
    }

    /// Full and empty by turns. Without a small disk the folder becomes a file instead.
    private void changeDisk(AgentProcess agent) throws IOException {
        isDiskFull = !isDiskFull;
        if (disk.isEmpty()) {
            var moved = folder.resolve("moved");
            Files.move(isDiskFull ? crashes : moved, isDiskFull ? moved : crashes);
            if (isDiskFull) {
                Files.createFile(crashes);
            }
            return;
        }
        var filler = seen(agent).resolve("filler");
        if (!isDiskFull) {
            Files.deleteIfExists(filler);
            return;
        }
        try (var out = Files.newOutputStream(filler)) {
            for (var i = 0; i < 2 * DISK_KILOBYTES; i++) {
                out.write(new byte[1024]);
            }
        } catch (IOException e) {
            // full
        }
    }

    /// The folder of crashes as the agent sees it.
    private Path seen(AgentProcess agent) {
        return Path.of("/proc", Long.toString(agent.pid()), "root")
                .resolve(crashes.toString().substring(1));
    }

    private void terminate(AgentProcess agent) {
        history.add("told");
        isTold = true;
        agent.terminate();
    }

    private void pause() throws InterruptedException {
        never.await(random.nextInt(LONGEST_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
    }

    private void check(AgentProcess agent, int status) {
        assertThat(expected(agent)).as("exit statuses\n" + agent.tail()).contains(status);
        assertThat(agent.log()).doesNotContain("please report", "\tat ");
        Eventually.holds(
                5,
                () -> Processes.naming(folder.toString()).isEmpty(),
                () -> "left behind: " + Processes.naming(folder.toString()));
        assertThat(folder.resolve("xds.sock")).doesNotExist();
        assertThat(folder.resolve("sds.sock")).doesNotExist();
    }

    /// What the agent may end with: the documented statuses of what has happened, either of two that came
    /// together.
    private Set<Integer> expected(AgentProcess agent) {
        var all = new HashSet<Integer>();
        if (isOver()) {
            all.add(KILLED);
        }
        if (isTold && !hasApplication) {
            all.add(0);
        }
        if (isTold && hasApplication) {
            all.add(agent.log().contains("up and running") ? OF_APPLICATION : TERMINATED);
        }
        return all;
    }
}
