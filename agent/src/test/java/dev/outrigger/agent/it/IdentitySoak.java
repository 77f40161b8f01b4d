package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.X509SVIDResponse;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// Short-lived SVIDs replaced again and again under constant mutual TLS, both sides from one agent: plain
/// rotations, root rotations with overlap, restarts, refusals and outages of the source, and answers that must be
/// refused. No handshake may fail and none may show an expired certificate, faults or not.
final class IdentitySoak implements AutoCloseable {
    private static final int CLIENTS = 4;
    private static final Pattern INLINE = Pattern.compile("\"inline_bytes\": \"([A-Za-z0-9+/=]+)\"");
    private static final Duration LIFETIME = Duration.ofSeconds(20);
    private static final Duration CLIENT_LIFETIME = Duration.ofHours(1);

    private final RandomGenerator random;
    private final Path socket;
    private final Mesh mesh;
    private final AgentProcess agent;
    private final FakeWorkloadApi api;
    private final List<X509Certificate> roots = new ArrayList<>();
    private final Map<String, Integer> done = new TreeMap<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private TestCa ca = TestCa.create("root 0");
    private TestCa.Issued current;
    private int rootRotations;
    private int rotations;
    private long handshakes;
    private long requests;
    private Traffic traffic;
    private HandshakeProbe probe;

    private IdentitySoak(Path folder, RandomGenerator random, Mesh mesh) throws IOException {
        this.random = random;
        this.mesh = mesh;
        this.socket = folder.resolve("spire.sock");
        this.api = FakeWorkloadApi.start(socket, ca, Mesh.SPIFFE_ID);
        roots.add(ca.root());
        rotateAtSource();
        this.agent = mesh.agent("--identity=workload-api", "--spiffe-socket=" + socket);
    }

    static IdentitySoak start(Path folder, RandomGenerator random) throws IOException {
        return new IdentitySoak(folder, random, Mesh.start(folder, Mesh::withAHandshakeForEachRequest));
    }

    /// Steps until there were so many rotations that all clients saw.
    void run(int total) throws InterruptedException, IOException {
        agent.awaitReady();
        try (var asking = Traffic.start(mesh.outbound(), "/", CLIENTS);
                var shaking = HandshakeProbe.start(mesh.inbound(), client(), roots)) {
            traffic = asking;
            probe = shaking;
            awaitServed();
            while (rotations < total) {
                step();
                probe.check();
                assertThat(traffic.failures()).isEmpty();
            }
            traffic.stop();
            handshakes = probe.handshakes();
            requests = traffic.answered();
            assertThat(traffic.failures()).isEmpty();
            probe.check();
        }
        assertThat(counter("cluster.hello-mtls.upstream_cx_connect_fail")).isZero();
        assertThat(counter("cluster.hello-mtls.ssl.fail_verify_error")).isZero();
        assertThat(counter("listener.127.0.0.1_" + mesh.inbound().getPort() + ".ssl.fail_verify_error"))
                .isZero();
        assertThat(counter("listener.127.0.0.1_" + mesh.inbound().getPort() + ".ssl.connection_error"))
                .isZero();
    }

    private void step() throws InterruptedException, IOException {
        switch (random.nextInt(20)) {
            case 0, 1, 2 -> rotateRoot();
            case 3, 4 -> restartSource();
            case 5 -> outage();
            case 6, 7 -> refuse();
            case 8, 9 -> sendRubbish();
            case 10 -> endStreams();
            default -> rotate();
        }
    }

    private void rotate() {
        count("plain");
        rotateAtSource();
        awaitServed();
    }

    /// First everybody trusts the new root, then it issues, then the old one goes.
    private void rotateRoot() {
        count("with a new root");
        ca = TestCa.create("root " + ++rootRotations);
        roots.add(ca.root());
        api.send(response(current));
        agent.await("trusting both roots", this::isTrusted);
        probe.present(client(), roots);
        rotateAtSource();
        awaitServed();
        roots.removeFirst();
        probe.present(client(), roots);
        rotateAtSource();
        awaitServed();
    }

    private void restartSource() throws IOException {
        count("restart of the source");
        api.stop();
        api.restart();
        rotateAtSource();
        awaitServed();
    }

    /// Long enough that half of a life goes by.
    private void outage() throws InterruptedException, IOException {
        count("outage");
        api.stop();
        var millis = random.nextLong(LIFETIME.toMillis() / 10, LIFETIME.toMillis() * 6 / 10);
        never.await(millis, TimeUnit.MILLISECONDS);
        probe.await(1);
        api.restart();
        rotateAtSource();
        awaitServed();
    }

    private void refuse() {
        count("refusal");
        api.refuse(Status.PERMISSION_DENIED.withDescription("not now"));
        agent.await(
                "told that it was refused",
                () -> agent.status("identity", "last_error").contains("not now"));
        api.allow();
        rotateAtSource();
        awaitServed();
    }

    private void sendRubbish() {
        count("answer that must be refused");
        var other = ca.issue(Mesh.SPIFFE_ID, LIFETIME);
        var bad = response(current).toBuilder();
        switch (random.nextInt(4)) {
            case 0 ->
                bad.getSvidsBuilder(0)
                        .setX509SvidKey(ByteString.copyFrom(other.key().getEncoded()));
            case 1 -> bad.getSvidsBuilder(0).setBundle(ByteString.EMPTY);
            case 2 -> bad.clearSvids();
            default ->
                bad.getSvidsBuilder(0).setX509Svid(bad.getSvids(0).getX509Svid().substring(0, 100));
        }
        api.send(bad.build());
        agent.await(
                "refusing an answer",
                () -> agent.status("identity", "last_error").contains("refused"));
        rotateAtSource();
        awaitServed();
    }

    private void endStreams() {
        count("end of the stream");
        api.endStreams();
        rotateAtSource();
        awaitServed();
    }

    private void rotateAtSource() {
        current = ca.issue(Mesh.SPIFFE_ID, LIFETIME);
        api.send(response(current));
    }

    private X509SVIDResponse response(TestCa.Issued issued) {
        var response = FakeWorkloadApi.response(issued).toBuilder();
        var bundle = ByteString.empty();
        for (var root : roots) {
            bundle = bundle.concat(ByteString.copyFrom(encoded(root)));
        }
        response.getSvidsBuilder(0).setBundle(bundle);
        return response.build();
    }

    /// On both sides: what Envoy shows as a server, and as a client.
    private void awaitServed() {
        rotations++;
        var hash = sha256(current.leaf());
        probe.awaitShown(current.leaf());
        traffic.awaitEach(
                "shown with the newest SVID", body -> Mesh.certificate(body).equals(hash));
    }

    private TestCa.Issued client() {
        return ca.issue(Mesh.SPIFFE_ID, CLIENT_LIFETIME);
    }

    /// Whether Envoy has all the roots in one bundle.
    private boolean isTrusted() {
        try {
            var secrets =
                    mesh.envoy("/config_dump?resource=dynamic_active_secrets").body();
            return INLINE.matcher(secrets)
                    .results()
                    .map(match -> new String(Base64.getDecoder().decode(match.group(1)), StandardCharsets.US_ASCII))
                    .anyMatch(text -> roots.stream().allMatch(root -> text.contains(pem(root))));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(X509Certificate certificate) {
        return Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded(certificate));
    }

    private long counter(String name) throws IOException {
        var line = mesh.envoy("/stats?filter=^" + name + "$").body().strip();
        assertThat(line).startsWith(name + ": ");
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    }

    private void count(String what) {
        done.merge(what, 1, Integer::sum);
    }

    /// What has been done.
    String history() {
        return rotations + " rotations " + done + ", " + requests + " requests and " + handshakes
                + " handshakes of the probe";
    }

    /// The end of the agent's log.
    String log() {
        return agent.tail();
    }

    private static String sha256(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded(certificate)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        agent.close();
        api.close();
        mesh.close();
    }
}
