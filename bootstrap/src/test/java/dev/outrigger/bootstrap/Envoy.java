package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.fail;

import dev.outrigger.testkit.Checkout;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A real Envoy, for tests.
final class Envoy implements AutoCloseable {
    private static final Pattern COMPLAINT = Pattern.compile("\\]\\[(warning|error|critical)\\]\\[");

    private final Process process;
    private final BufferedReader output;
    private final List<String> lines = new ArrayList<>();

    private Envoy(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    /// What `--mode validate` said.
    ///
    /// @param complaints lines at warning or above
    record Verdict(int exitStatus, List<String> complaints, String output) {}

    static Verdict validate(Path bootstrap) throws IOException, InterruptedException {
        try (var envoy = start(List.of("--mode", "validate", "-c", bootstrap.toString()))) {
            envoy.readUntil(_ -> false);
            if (!envoy.process.waitFor(10, TimeUnit.SECONDS)) {
                fail("Envoy closed its output and did not end within 10 s");
            }
            return new Verdict(envoy.process.exitValue(), envoy.complaints(), String.join("\n", envoy.lines));
        }
    }

    /// Returns when it serves its listeners.
    static Envoy run(Path bootstrap, String more) throws IOException {
        var envoy = start(List.of(
                "-c", bootstrap.toString(), "--config-yaml", more, "--disable-hot-restart", "--concurrency", "1"));
        if (!envoy.readUntil(line -> line.contains("starting workers"))) {
            envoy.close();
            fail("Envoy ended: " + String.join("\n", envoy.lines));
        }
        return envoy;
    }

    /// Lines at warning or above that were read so far.
    List<String> complaints() {
        return lines.stream().filter(line -> COMPLAINT.matcher(line).find()).toList();
    }

    private static Envoy start(List<String> arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Checkout.envoy().toString());
        command.addAll(arguments);
        return new Envoy(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private interface Claim {
        boolean holds(String line);
    }

    private boolean readUntil(Claim claim) throws IOException {
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
            if (claim.holds(line)) {
                return true;
            }
        }
        return false;
    }

    /// Kills it: what it would still say is of no interest.
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
