package dev.outrigger.agent.it;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// One agent as users run it: a process of its own. Its log is kept for the message of a failure.
final class AgentProcess implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;

    private final Process process;
    private final LocalHttp status;
    private final Path log;

    private AgentProcess(Process process, LocalHttp status, Path log) {
        this.process = process;
        this.status = status;
        this.log = log;
    }

    /// @param folder gets the log
    /// @param statusAddress where the flags tell it to listen
    static AgentProcess start(Path folder, InetSocketAddress statusAddress, List<String> arguments) throws IOException {
        var log = Files.createTempFile(folder, "agent", ".log");
        var command = new ArrayList<String>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx96m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.outrigger.agent.Main"));
        command.addAll(arguments);
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new AgentProcess(process, new LocalHttp(statusAddress, Duration.ofSeconds(35)), log);
    }

    void awaitReady() {
        await("ready", () -> ask("GET", "/healthz/ready", "*/*").status() == 200);
    }

    void awaitNotReady() {
        await("not ready", () -> ask("GET", "/healthz/ready", "*/*").status() == 503);
    }

    /// Polls, as a platform does.
    void await(String what, BooleanSupplier condition) {
        Eventually.holds(
                LIMIT_SECONDS,
                condition,
                () -> "agent not " + what + (process.isAlive() ? "" : ", it has ended") + "\n" + log());
    }

    /// Status 0 when it does not answer.
    LocalHttp.Answer ask(String method, String path, String accept) {
        try {
            return status.ask(method, path, accept);
        } catch (IOException e) {
            return new LocalHttp.Answer(0, String.valueOf(e.getMessage()));
        }
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Its Envoy, which is its only child.
    ProcessHandle envoy() {
        return process.toHandle()
                .children()
                .filter(child ->
                        child.info().command().filter(c -> c.endsWith("envoy")).isPresent())
                .findAny()
                .orElseThrow(() -> new AssertionError("no Envoy under the agent\n" + log()));
    }

    void terminate() {
        process.destroy();
    }

    void kill() {
        process.destroyForcibly();
    }

    int awaitExit() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the agent does not end\n" + log());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
