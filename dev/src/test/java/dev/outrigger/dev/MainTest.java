package dev.outrigger.dev;

import static dev.outrigger.dev.ResourceType.CLUSTERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    private static final String ANY_PORT = "127.0.0.1:0";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void writeFile() throws IOException {
        file = Files.writeString(folder.resolve("dev.yaml"), "resources: {clusters: [{name: a, connect_timeout: 1s}]}");
    }

    @Test
    void theProcessPrintsItsPortServesAndEndsWithItsInput() throws Exception {
        var process = java(file.toString(), ANY_PORT);
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            var port = Integer.parseInt(reader.readLine());

            try (var client = new DeltaClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                client.begin(CLUSTERS);
                client.awaitHeld(CLUSTERS, DevFile.read(file).resources(CLUSTERS));
            }
            process.getOutputStream().close();

            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void eachLineOfItsInputPushesWhatChangedInTheFileAndEachAckIsTold() throws Exception {
        var process = java(file.toString(), ANY_PORT);
        try (var reader = process.inputReader(StandardCharsets.UTF_8);
                var errors = process.errorReader(StandardCharsets.UTF_8);
                var writer = process.outputWriter(StandardCharsets.UTF_8)) {
            var port = Integer.parseInt(reader.readLine());
            try (var client = new DeltaClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                client.begin(CLUSTERS);
                client.awaitHeld(CLUSTERS, DevFile.read(file).resources(CLUSTERS));

                Files.writeString(file, "resources: {clusters: [{nome: b}]}");
                line(writer);
                assertThat(errors.lines()
                                .filter(said -> said.contains("dev.yaml:1:"))
                                .findFirst())
                        .hasValueSatisfying(said -> assertThat(said).contains("without a name"));
                Files.writeString(file, "resources: {clusters: [{name: b, connect_timeout: 1s}]}");
                line(writer);

                client.awaitHeld(CLUSTERS, DevFile.read(file).resources(CLUSTERS));
                assertThat(reader.readLine()).startsWith("acked " + CLUSTERS.typeUrl() + " ");
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static void line(Writer writer) throws IOException {
        writer.write("\n");
        writer.flush();
    }

    @Test
    void aBadFileEndsItWithTheProblem() throws Exception {
        Files.writeString(file, "resources: {clusters: [{nome: a}]}");

        var process = java(file.toString(), ANY_PORT);
        try (var errors = process.errorReader(StandardCharsets.UTF_8)) {
            assertThat(errors.readAllAsString()).contains("dev.yaml:1:").contains("nome");
            assertThat(process.waitFor()).isEqualTo(1);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void withAKeyStoreItSpeaksTls() throws Exception {
        var store = folder.resolve("keys.p12");
        keytool(store);

        try (var controlPlane = Main.start(file, ANY_PORT, store, new Main.Hearing());
                var socket = (SSLSocket) trusting(store)
                        .getSocketFactory()
                        .createSocket(
                                InetAddress.getLoopbackAddress(),
                                controlPlane.address().getPort())) {
            socket.startHandshake();

            var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=localhost");
        }
    }

    @Test
    void whatIsNoAddressIsRefusedWithAnExample() {
        for (var address : new String[] {"", "8080", ":", "127.0.0.1:http", "127.0.0.1:65536"}) {
            assertThatThrownBy(() -> Main.start(file, address, null, new Main.Hearing()))
                    .hasMessageContaining("127.0.0.1:0");
        }
    }

    private static Process java(String... arguments) throws IOException {
        var command = new ArrayList<>(Arrays.asList(
                tool("java"), "-Xmx64m", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command).start();
    }

    private static void keytool(Path store) throws Exception {
        var command =
                (tool("keytool") + " -genkeypair -alias server -keyalg EC -groupname secp256r1 -dname CN=localhost"
                        + " -validity 2 -storetype PKCS12 -storepass " + Main.PASSWORD + " -keystore " + store);
        assertThat(new ProcessBuilder(command.split(" ")).inheritIO().start().waitFor())
                .isZero();
    }

    private static SSLContext trusting(Path store) throws Exception {
        var keys = KeyStore.getInstance(store.toFile(), Main.PASSWORD.toCharArray());
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate("server"));
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }
}
