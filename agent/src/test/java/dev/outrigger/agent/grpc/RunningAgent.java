package dev.outrigger.agent.grpc;

import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Settings;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.runtime.Agent;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// An agent without Envoy in this process, as proxyless gRPC needs it.
final class RunningAgent implements AutoCloseable {
    private static final int LIMIT_SECONDS = 30;

    private final Stops stops = new Stops();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<StopReason> end = new CompletableFuture<>();
    private final LocalHttp http;

    private RunningAgent(InetSocketAddress status) {
        this.http = new LocalHttp(status, Duration.ofSeconds(LIMIT_SECONDS));
    }

    /// Returns when it is ready.
    static RunningAgent start(Path workDir, InetSocketAddress controlPlane, String... more)
            throws ConfigException, IOException {
        var status = freeAddress();
        var arguments = new ArrayList<>(List.of(
                "--no-envoy",
                "--no-dns",
                "--control-plane-tls=off",
                "--control-plane=" + LocalHttp.authority(controlPlane),
                "--work-dir=" + workDir,
                "--status-address=" + LocalHttp.authority(status)));
        arguments.addAll(List.of(more));
        var machine = new Machine(Map.of("PATH", "/usr/bin:/bin"), "box");
        var config = ConfigParser.forRun(Settings.read(arguments, Map.of(), Map.of()), machine);
        var running = new RunningAgent(status);
        var agent = new Agent(
                config,
                running.stops,
                InstantSource.system(),
                RandomGenerator.getDefault(),
                machine,
                _ -> running.ready.complete(null),
                null);
        Thread.ofPlatform().name("agent").start(() -> running.run(agent));
        CompletableFuture.anyOf(running.ready, running.end)
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .join();
        return running;
    }

    private void run(Agent agent) {
        try {
            end.complete(agent.run());
        } catch (IOException | InterruptedException | RuntimeException e) {
            end.completeExceptionally(e);
        }
    }

    String post(String path) throws IOException {
        var answer = http.ask("POST", path, "*/*");
        if (answer.status() != 200) {
            throw new AssertionError(path + ": " + answer);
        }
        return answer.body();
    }

    private static InetSocketAddress freeAddress() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }

    @Override
    public void close() {
        stops.offer(new StopReason.QuitRequested());
        try {
            end.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new AssertionError("the agent did not end well", e);
        }
    }
}
