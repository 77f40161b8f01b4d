package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Drains of one agent after the other under constant traffic of every kind, in and out. Clients outside stop
/// when a probe tells them, the application's own go on until it has nothing left to do: no call of any may fail.
final class DrainSoak implements AutoCloseable {
    private static final int PROBE_MILLIS = 50;
    private static final String[] FLAGS = {"--drain-max=20s"};

    /// How an agent is told to go.
    private enum Way {
        SIGTERM,
        QUIT,
        SIGUSR2_THEN_SIGTERM,
        DRAIN_THEN_SIGTERM,
        DRAIN_THEN_QUIT,
        SIGUSR2_AND_SIGTERM_AT_ONCE
    }

    private final RandomGenerator random;
    private final DrainWorld world;
    private final Path folder;
    private final List<String> history = new ArrayList<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private long answered;

    private DrainSoak(DrainWorld world, Path folder, RandomGenerator random) {
        this.world = world;
        this.folder = folder;
        this.random = random;
    }

    static DrainSoak start(Path folder, RandomGenerator random) throws IOException {
        return new DrainSoak(DrainWorld.start(folder), folder, random);
    }

    /// What was done, for messages.
    String history() {
        return history.size() + " drains, " + answered + " calls answered: " + String.join(", ", history);
    }

    /// One life of an agent.
    void life() throws IOException, InterruptedException {
        var way = Way.values()[random.nextInt(Way.values().length)];
        history.add(way.name());
        try (var agent = random.nextBoolean()
                ? new Launcher(folder).run(world.mesh(), List.of(), "20s", FLAGS)
                : world.mesh().agent(FLAGS)) {
            agent.awaitReady();
            try (var inbound = new Callers(callers(true));
                    var outbound = new Callers(callers(false))) {
                inbound.awaitFlow();
                outbound.awaitFlow();
                pause(300);
                leave(agent, way, inbound, outbound);
                answered += inbound.answered() + outbound.answered();
                assertThat(agent.awaitExit()).as(agent.tail()).isZero();
                assertThat(inbound.failures()).as("inbound\n" + agent.tail()).isEmpty();
                assertThat(outbound.failures()).as("outbound\n" + agent.tail()).isEmpty();
            }
        }
        assertThat(Processes.naming(folder.toString())).isEmpty();
    }

    private void leave(AgentProcess agent, Way way, Callers inbound, Callers outbound)
            throws IOException, InterruptedException {
        switch (way) {
            case SIGTERM, QUIT, SIGUSR2_AND_SIGTERM_AT_ONCE -> {
                if (way == Way.QUIT) {
                    ask(agent, "/quitquitquit");
                } else {
                    if (way == Way.SIGUSR2_AND_SIGTERM_AT_ONCE) {
                        Processes.signal("USR2", agent.pid());
                        // The application has gone before the agent is told to: that is what this way is for.
                        takeOutOfService(agent, inbound);
                        outbound.stop();
                    }
                    agent.terminate();
                }
                takeOutOfService(agent, inbound);
                pause(300);
                outbound.stop();
            }
            case SIGUSR2_THEN_SIGTERM, DRAIN_THEN_SIGTERM, DRAIN_THEN_QUIT -> {
                if (way == Way.SIGUSR2_THEN_SIGTERM) {
                    Processes.signal("USR2", agent.pid());
                } else {
                    ask(agent, "/drain");
                }
                takeOutOfService(agent, inbound);
                pause(1500); // drained or not, outbound goes on
                assertThat(outbound.failures()).as(agent.tail()).isEmpty();
                outbound.stop();
                if (way == Way.DRAIN_THEN_QUIT) {
                    ask(agent, "/quitquitquit");
                } else {
                    agent.terminate();
                }
            }
        }
    }

    private static void ask(AgentProcess agent, String path) {
        var answer = agent.ask("POST", path, "*/*");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    /// As a platform: when a probe fails, no new calls come, some time later.
    private void takeOutOfService(AgentProcess agent, Callers inbound) throws InterruptedException {
        while (agent.isReady()) {
            never.await(PROBE_MILLIS, TimeUnit.MILLISECONDS);
        }
        pause(300);
        inbound.stop();
    }

    private void pause(int most) throws InterruptedException {
        never.await(random.nextInt(most), TimeUnit.MILLISECONDS);
    }

    private List<Supplier<Caller>> callers(boolean inbound) {
        return List.of(
                () -> Caller.http(world.http(inbound), "/"),
                () -> Caller.http(world.http(inbound), "/slow?ms=100"),
                () -> Caller.grpc(world.grpc(inbound)),
                () -> Caller.grpcStream(world.grpc(inbound)),
                () -> Caller.tcp(world.tcp(inbound)));
    }

    @Override
    public void close() throws IOException {
        world.close();
    }
}
