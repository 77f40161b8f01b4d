package dev.outrigger.agent.it;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// One agent as users run it: a process of its own. Its log is kept for the message of a failure.
final class AgentProcess implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;
    private static final int TAIL = 20_000;
    private static final Duration ANSWER = Duration.ofSeconds(35);

    private final Process process;
    private final LocalHttp status;
    private final Path log;

    private AgentProcess(Process process, LocalHttp status, Path log) {
        this.process = process;
        this.status = status;
        this.log = log;
    }

    /// Runs a command of `outrigger`.
    ///
    /// @param folder gets the log
    /// @param statusAddress where the arguments tell it to listen
    /// @param environment replaces variables of ours, which are given to it otherwise, except for its own
    ///     settings
    static AgentProcess start(
            Path folder, InetSocketAddress statusAddress, List<String> arguments, Map<String, String> environment)
            throws IOException {
        return start(folder, statusAddress, List.of(), arguments, environment);
    }

    /// @param prefix what runs it; empty for nothing
    static AgentProcess start(
            Path folder,
            InetSocketAddress statusAddress,
            List<String> prefix,
            List<String> arguments,
            Map<String, String> environment)
            throws IOException {
        var log = Files.createTempFile(folder, "agent", ".log");
        var command = new ArrayList<>(prefix);
        command.addAll(jvm());
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("OUTRIGGER_") || name.startsWith("SPIFFE_"));
        builder.environment().putAll(environment);
        return new AgentProcess(builder.start(), new LocalHttp(statusAddress, ANSWER), log);
    }

    /// Runs the relay alone, without Envoy, DNS and TLS, on `xds.sock` in the folder.
    ///
    /// @param more further arguments
    static AgentProcess relay(Path folder, InetSocketAddress controlPlane, String... more) throws IOException {
        var status = Ports.free();
        var arguments = new ArrayList<>(List.of(
                "run",
                "--no-envoy",
                "--no-dns",
                "--control-plane-tls=off",
                "--control-plane=" + LocalHttp.authority(controlPlane),
                "--work-dir=" + folder,
                "--status-address=" + LocalHttp.authority(status)));
        arguments.addAll(List.of(more));
        return start(folder, status, arguments, Map.of());
    }

    /// As bin/outrigger runs it, but for what a start without the cache of the image would only be slower with;
    /// where the system property `outrigger.launcher` names it, by it.
    private static List<String> jvm() {
        var launcher = System.getProperty("outrigger.launcher");
        if (launcher != null) {
            return List.of("/usr/bin/env", "OUTRIGGER_BUILT=1", launcher);
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xms10m",
                "-Xmn6m",
                "-Xmx64m",
                "-XX:SurvivorRatio=4",
                "-XX:MaxTenuringThreshold=2",
                "-XX:MinHeapFreeRatio=5",
                "-XX:MaxHeapFreeRatio=20",
                "-XX:-ShrinkHeapInSteps",
                "-Xss256k",
                "-XX:StackShadowPages=10",
                "-XX:-UsePerfData",
                "-XX:MaxDirectMemorySize=256m",
                "-XX:TrimNativeHeapInterval=3000",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-exports=java.base/sun.security.jca=ALL-UNNAMED",
                "-Dio.netty.noUnsafe=false",
                "-Dio.netty.allocator.type=unpooled",
                "-Dio.grpc.netty.useCustomAllocator=false",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.outrigger.agent.Main");
    }

    void awaitReady() {
        await("ready", this::isReady);
    }

    /// Waits for the reason that readiness gives.
    void awaitUnready(String reason) {
        await("unready because of " + reason, () -> {
            var answer = ask("GET", "/healthz/ready", "*/*");
            return answer.status() == 503 && answer.body().contains(reason);
        });
    }

    boolean isReady() {
        return ask("GET", "/healthz/ready", "*/*").status() == 200;
    }

    /// Polls, as a platform does.
    void await(String what, BooleanSupplier condition) {
        Eventually.holds(
                LIMIT_SECONDS,
                condition,
                () -> "agent not " + what + (process.isAlive() ? "" : ", it has ended") + "\n"
                        + ask("GET", "/debug/status", "*/*").body() + "\n" + tail());
    }

    /// Status 0 when it does not answer.
    LocalHttp.Answer ask(String method, String path, String accept) {
        try {
            return status.ask(method, path, accept);
        } catch (IOException e) {
            return new LocalHttp.Answer(0, String.valueOf(e.getMessage()));
        }
    }

    /// One value of `/debug/status`, as text; `null` when it is not there.
    String status(String... path) {
        var json = ask("GET", "/debug/status", "application/json").body();
        var value = new Load(LoadSettings.builder().build()).loadFromString(json);
        for (var key : path) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return String.valueOf(value);
    }

    /// Replaces the certificate.
    void rotate() {
        var answer = ask("POST", "/debug/certs/rotate", "*/*");
        if (answer.status() != 200) {
            throw new AssertionError("not rotated: " + answer + "\n" + tail());
        }
    }

    /// All that it has written.
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The end of the log, for messages.
    String tail() {
        var all = log();
        return all.substring(Math.max(0, all.length() - TAIL));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /// Its Envoy of this moment.
    long envoyPid() {
        return Long.parseLong(status("envoy", "pid"));
    }

    /// SIGTERM.
    void terminate() {
        process.destroy();
    }

    /// SIGKILL.
    void kill() {
        process.destroyForcibly();
    }

    /// @return its exit status
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the agent does not end\n" + tail());
        }
        return process.exitValue();
    }

    /// Leaves nothing behind, its Envoy included.
    @Override
    public void close() {
        var children = process.children().toList();
        process.destroyForcibly();
        process.onExit().join();
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
