package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.log.LogFormat;
import dev.outrigger.dev.ControlPlane;
import dev.outrigger.dev.DevFile;
import dev.outrigger.dev.DevFileException;
import dev.outrigger.dev.EchoApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/// `outrigger train DIR`, a step of the build: runs the agent of the Java runtime `DIR/../java` once in all its roles,
/// with a real Envoy, a control plane and a certificate authority behind TLS, so that the JVM leaves an AOT cache of
/// what it used in DIR, named by the hash of the runtime's modules.
final class TrainCommand {
    /// System property of the agent that is trained.
    static final String TRAINING = "outrigger.training";

    private static final int HASHED_BYTES = 1 << 20;
    /// The head of a file of modules (`jdk.internal.jimage.ImageHeader`): seven numbers, of which the fifth is how long
    /// its two tables are, the sixth and seventh how many bytes of places and names follow them.
    private static final int HEAD_BYTES = 28;

    private static final int TABLE_LENGTH = 16;
    private static final int PLACES_SIZE = 20;
    private static final int NAMES_SIZE = 24;
    private static final Duration READY = Duration.ofMinutes(1);
    private static final Duration END = Duration.ofMinutes(3);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    /// After which whoever looks now and then has looked once.
    private static final Duration FIRST_LOOKS = Duration.ofSeconds(6);

    private final InstantSource clock = InstantSource.system();
    private final CountDownLatch never = new CountDownLatch(1);

    int run(List<String> arguments) throws IOException, InterruptedException {
        Log.get().configure(System.Logger.Level.WARNING, LogFormat.TEXT);
        var lib = Path.of(arguments.isEmpty() ? "." : arguments.getFirst());
        var cache = lib.resolve("outrigger-" + fingerprint(lib.resolveSibling("java/lib/modules")) + ".aot");
        var folder = Files.createTempDirectory("outrigger-train-");
        try {
            train(cache, folder);
        } catch (DevFileException e) {
            throw new IOException(String.join("\n", e.problems()), e);
        } finally {
            DevCommand.delete(folder);
        }
        System.err.printf("outrigger: AOT cache of %d MB is at %s%n", Files.size(cache) >> 20, cache);
        return Cli.OK;
    }

    private void train(Path cache, Path folder) throws IOException, InterruptedException, DevFileException {
        var machine = Machine.here();
        var ports = new Ports();
        var yaml = Files.readString(machine.example())
                .replace("10080", ports.of("application"))
                .replace("10000", ports.of("outbound"))
                .replace("10001", ports.of("inbound"));
        var file = DevFile.parse("training", yaml);
        var changed = DevFile.parse("training", yaml.replace("Hello from", "Hello again from"));
        var certificate = TrainingCertificate.make(folder);
        var token = Files.writeString(folder.resolve("token"), "training");
        try (var application = EchoApplication.start(file.application().orElseThrow(), clock);
                var controlPlane = ControlPlane.start(
                        ports.address("control plane"), file, new DevLog(), clock, certificate.server())) {
            var server = "localhost:" + controlPlane.address().getPort();
            var command = List.of(
                    machine.home().resolve("bin/outrigger").toString(),
                    "run",
                    "--control-plane=" + server,
                    "--control-plane-tls=on",
                    "--control-plane-roots=" + certificate.pem(),
                    "--control-plane-token=" + token,
                    "--name-table=on",
                    "--drain-max=5s",
                    "--identity=ca",
                    "--ca-address=" + server,
                    "--ca-roots=" + certificate.pem(),
                    "--ca-token=" + token,
                    "--work-dir=" + folder,
                    "--spiffe-id=spiffe://dev.outrigger/hello",
                    "--status-address=127.0.0.1:" + ports.of("status"),
                    "--readiness-address=127.0.0.1:" + ports.of("readiness"),
                    "--stats-address=127.0.0.1:" + ports.of("stats"),
                    "--admin-address=127.0.0.1:" + ports.of("admin"),
                    "--dns-address=127.0.0.1:" + ports.of("dns"),
                    "--dns-nameserver=127.0.0.1:" + ports.of("no nameserver"),
                    "--application-metrics=http://" + LocalHttp.authority(application.address()) + "/metrics");
            agent(command, cache, folder.resolve("training.log"), agent -> use(agent, ports, controlPlane, changed));
        }
    }

    private interface Use {
        void of(Process agent) throws IOException, InterruptedException;
    }

    /// Runs an agent that records, and ends it; its log is shown only when that fails.
    private static void agent(List<String> command, Path cache, Path log, Use use)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(TrainCommand::isSetting); // whatever those of whoever builds are
        builder.environment()
                .putAll(Map.of(
                        "OUTRIGGER_BUILT",
                        "1",
                        "OUTRIGGER_JAVA_OPTIONS",
                        "-XX:AOTCacheOutput=" + cache + " -D" + TRAINING + "=true"));
        var agent = builder.start();
        try {
            use.of(agent);
            if (!agent.waitFor(END.toSeconds(), TimeUnit.SECONDS) || agent.exitValue() != 0) {
                throw new IOException("the training run did not end well");
            }
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "; its log:\n" + Files.readString(log), e);
        } finally {
            agent.destroyForcibly();
        }
    }

    private static boolean isSetting(String variable) {
        return (variable.startsWith("OUTRIGGER_") && !variable.equals("OUTRIGGER_JAVA_HOME"))
                || variable.startsWith("SPIFFE_")
                || variable.startsWith("OTEL_")
                || variable.startsWith("ISTIO_");
    }

    /// Once everything that a workload and its platform ask.
    private void use(Process agent, Ports ports, ControlPlane controlPlane, DevFile changed)
            throws IOException, InterruptedException {
        var status = new LocalHttp(ports.address("status"), ANSWER);
        awaitReady(agent, status);
        for (var accept : List.of("text/plain", "application/json")) {
            for (var path : List.of("/healthz/ready", "/healthz/live", "/debug/status", "/debug/certs")) {
                status.ask("GET", path, accept);
            }
        }
        for (var i = 0; i < 3; i++) {
            status.ask("GET", "/stats/prometheus");
            new LocalHttp(ports.address("outbound"), ANSWER).ask("GET", "/");
            query(ports, "hello.demo.svc.cluster.local.");
            query(ports, "nowhere.invalid.");
        }
        status.ask("POST", "/debug/certs/rotate");
        controlPlane.publish(changed);
        never.await(FIRST_LOOKS.toSeconds(), TimeUnit.SECONDS);
        status.ask("POST", "/quitquitquit");
    }

    private void awaitReady(Process agent, LocalHttp status) throws IOException, InterruptedException {
        var limit = clock.instant().plus(READY);
        while (clock.instant().isBefore(limit)) {
            if (!agent.isAlive()) {
                throw new IOException("the training run ended with status " + agent.exitValue());
            }
            try {
                if (status.ask("GET", "/healthz/ready").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                // not up yet
            }
            never.await(20, TimeUnit.MILLISECONDS);
        }
        throw new IOException("the training run did not become ready within " + READY.toSeconds() + " s");
    }

    private static void query(Ports ports, String name) throws IOException {
        var resolver = new SimpleResolver(ports.address("dns"));
        resolver.setTimeout(ANSWER);
        for (var tcp : List.of(false, true)) {
            resolver.setTCP(tcp);
            resolver.send(Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, org.xbill.DNS.DClass.IN)));
        }
    }

    /// What the launcher computes, too: the SHA-256 of the beginning of the runtime's modules, where their directory
    /// lies, with a hash of the agent's classes as one of its names.
    private static String fingerprint(Path modules) throws IOException {
        ByteBuffer head;
        try (var file = Files.newInputStream(modules)) {
            head = ByteBuffer.wrap(file.readNBytes(HASHED_BYTES)).order(ByteOrder.nativeOrder());
        }
        var directoryBytes = HEAD_BYTES
                + 2L * Integer.BYTES * head.getInt(TABLE_LENGTH)
                + head.getInt(PLACES_SIZE)
                + head.getInt(NAMES_SIZE);
        if (directoryBytes > HASHED_BYTES) {
            throw new IOException(
                    modules + ": its directory of " + directoryBytes + " bytes is longer than what is hashed, "
                            + HASHED_BYTES + " bytes; raise that here and in bin/outrigger");
        }
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(head);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Free ports of loopback, by what they are for.
    private static final class Ports {
        private final Map<String, Integer> taken = new java.util.HashMap<>();

        String of(String use) {
            return Integer.toString(taken.computeIfAbsent(use, _ -> free()));
        }

        InetSocketAddress address(String use) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(of(use)));
        }

        private static int free() {
            try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
