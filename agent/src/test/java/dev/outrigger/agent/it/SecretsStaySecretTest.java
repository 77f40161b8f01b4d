package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One life of an agent at its most talkative, with files, tokens, rotations and answers that are refused; then
/// every word that it said or left is searched for keys and tokens. The same life shows that the command line
/// works.
class SecretsStaySecretTest {
    private static final int SHOWN = 24;

    @TempDir
    private Path folder;

    private final List<String> secrets = new ArrayList<>();

    @Test
    void noKeyAndNoTokenIsInAnyLogPageSnapshotOrMessage() throws IOException, InterruptedException {
        var ca = TestCa.create("root");
        var socket = folder.resolve("spire.sock");
        var token = folder.resolve("token.jwt");
        var said = new TreeMap<String, String>();
        try (var api = FakeWorkloadApi.start(socket, ca, Mesh.SPIFFE_ID);
                var mesh = Mesh.start(folder, Mesh::withAHandshakeForEachRequest)) {
            note(api.rotate().key());
            try (var agent = mesh.agent(
                    "--identity=workload-api",
                    "--spiffe-socket=" + socket,
                    "--log-level=debug",
                    "--envoy-log-level=debug",
                    "--xds-snapshot=on",
                    "--credentials-dir=" + folder.resolve("credentials"),
                    "--jwt-file=files=" + token)) {
                agent.awaitReady();
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                        .isEqualTo("rw-------");
                assertThat(Files.readString(token)).isEqualTo(api.issuedTokens().getFirst());

                provoke(api, ca, agent);
                said.put("token", commandLine(mesh, said));
                collect(mesh, agent, said);
                secrets.addAll(api.issuedTokens());
                agent.terminate();
                agent.awaitExit();
                said.put("log", agent.log());
            }
            collectFiles(said, token);
        }

        assertThat(secrets).hasSizeGreaterThan(4);
        assertThat(said.get("log")).contains("DEBUG").contains("answer refused").contains("JWT-SVID fetched");
        said.forEach((where, text) -> secrets.forEach(secret -> {
            if (text.contains(secret)) {
                throw new AssertionError(where + " tells a secret, " + secret.substring(0, SHOWN) + "...");
            }
        }));
        said.forEach((where, text) -> assertThat(text.contains("PRIVATE KEY"))
                .as(where + " has a key")
                .isFalse());
    }

    private void provoke(FakeWorkloadApi api, TestCa ca, AgentProcess agent) {
        var next = api.rotate();
        note(next.key());
        var other = ca.issue(Mesh.SPIFFE_ID, Duration.ofHours(1));
        note(other.key());
        var bad = FakeWorkloadApi.response(next).toBuilder();
        bad.getSvidsBuilder(0).setX509SvidKey(ByteString.copyFrom(other.key().getEncoded()));
        api.send(bad.build());
        agent.await(
                "refusing an answer",
                () -> agent.status("identity", "last_error").contains("refused"));
        note(api.rotate().key());
        agent.await(
                "taking the next", () -> agent.status("identity", "last_error").equals("null"));
    }

    /// What the commands print, except for the token itself.
    private String commandLine(Mesh mesh, Map<String, String> said) throws IOException, InterruptedException {
        said.put("certs", output(0, mesh.command("certs")));
        assertThat(said.get("certs"))
                .contains(Mesh.SPIFFE_ID, "next rotation", "SHA-256", "trust domain dev.outrigger");
        said.put("certs --json", output(0, mesh.command("certs", "--json")));
        said.put("certs --pem", output(0, mesh.command("certs", "--pem")));
        assertThat(said.get("certs --pem")).startsWith("-----BEGIN CERTIFICATE-----");
        var sds = "--sds-socket=" + folder.resolve("sds.sock");
        var printed = output(0, Mesh.bare(folder, "token", "--audience=shell", sds));
        secrets.add(printed.strip());
        assertThat(printed.strip().split("\\.", -1)).hasSize(3);
        var again = output(0, Mesh.bare(folder, "token", "--audience=shell", "--work-dir=" + folder, "--json"));
        assertThat(again).as("the one that is kept").contains(printed.strip()).contains("\"expires_at\"");
        var file = folder.resolve("shell.jwt");
        assertThat(output(0, Mesh.bare(folder, "token", "--audience=shell", sds, "--file=" + file)))
                .isEmpty();
        assertThat(Files.readString(file)).isEqualTo(printed.strip());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.delete(file);
        return output(1, Mesh.bare(folder, "token", "--audience=shell", "--sds-socket=" + folder.resolve("none")));
    }

    private static void collect(Mesh mesh, AgentProcess agent, Map<String, String> said) throws IOException {
        for (var path :
                List.of("/debug/status", "/debug/certs", "/debug/certs?form=pem", "/debug/xds", "/healthz/ready")) {
            said.put(path, agent.ask("GET", path, "text/plain").body());
            said.put(
                    path + " as JSON",
                    agent.ask("GET", path, "application/json").body());
        }
        said.put(
                "/debug/xds resources",
                agent.ask("GET", "/debug/xds?show=resources", "*/*").body());
        said.put("scrape", agent.ask("GET", "/stats/prometheus", "*/*").body());
        said.put("Envoy's config dump", mesh.envoy("/config_dump").body().replace("private_key", ""));
    }

    /// All files but the credentials themselves.
    private void collectFiles(Map<String, String> said, Path token) throws IOException {
        var wanted = folder.resolve("credentials");
        try (var files = Files.walk(folder)) {
            files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(wanted) && !file.equals(token))
                    .filter(file -> !file.getFileName().toString().startsWith("agent"))
                    .forEach(file -> said.put(file.toString(), text(file)));
        }
        var key = Files.readString(wanted.resolve("key.pem"));
        assertThat(secrets).as("the search would find it").anyMatch(key::contains);
        assertThat(secrets).anyMatch(text(token)::contains);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Each line of it as PEM has them, and the longest run of it that any base64 has.
    private void note(PrivateKey key) {
        var der = key.getEncoded();
        Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(der)
                .lines()
                .skip(1)
                .filter(line -> line.length() >= SHOWN)
                .forEach(secrets::add);
        var half = Arrays.copyOfRange(der, 36, 36 + 27); // the number itself, at a multiple of three
        secrets.add(Base64.getEncoder().encodeToString(half));
        secrets.add(HexFormat.of().formatHex(half));
    }

    private static String output(int status, AgentProcess command) throws InterruptedException {
        try (command) {
            assertThat(command.awaitExit()).as(command.log()).isEqualTo(status);
            return command.log();
        }
    }
}
