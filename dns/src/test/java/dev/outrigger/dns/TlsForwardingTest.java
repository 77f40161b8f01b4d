package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.dns.ProxyUnderTest.Setup;
import dev.outrigger.testkit.TestCa;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

final class TlsForwardingTest {
    private static final String NAME = "www.example.com";
    private static final TestCa CA = TestCa.create("dns");

    @TempDir
    private Path directory;

    @Test
    void aVerifiedNameserverIsAskedOnOneConnection() throws Exception {
        try (var server = new TlsNameserver("dns.example.org");
                var dns = start(server, DnsTlsConfig.Mode.STRICT, "dns.example.org")) {
            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");
            assertThat(answers(dns.ask("b.example.com", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(server.accepted.get()).isEqualTo(1);
        }
    }

    @Test
    void aNameserverWithAnotherNameIsNotAskedAtAll() throws Exception {
        try (var server = new TlsNameserver("dns.example.org");
                var dns = start(server, DnsTlsConfig.Mode.STRICT, "other.example.org")) {
            assertThat(dns.ask(NAME, Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(server.asked.get()).isZero();
            assertThat(dns.proxy.status().lastForwardError()).contains("TLS");
        }
    }

    @Test
    void opportunisticTakesWhoeverAnswersAndFallsBackToPlainText() throws Exception {
        try (var server = new TlsNameserver("whoever");
                var plain = FakeNameserver.answering("192.0.2.2");
                var secure = start(server, DnsTlsConfig.Mode.OPPORTUNISTIC, "");
                var fallen = new Setup()
                        .patience(Duration.ofSeconds(2))
                        .tls(new DnsTlsConfig(DnsTlsConfig.Mode.OPPORTUNISTIC, "", Optional.empty(), 853))
                        .nameservers(plain)
                        .start()) {
            assertThat(answers(secure.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");
            assertThat(answers(fallen.ask(NAME, Type.A))).containsExactly("A 192.0.2.2");
        }
    }

    private ProxyUnderTest start(TlsNameserver server, DnsTlsConfig.Mode mode, String name) throws IOException {
        var roots = Files.writeString(directory.resolve("roots.pem"), CA.rootPem());
        return new Setup()
                .tls(new DnsTlsConfig(mode, name, Optional.of(roots), 853))
                .nameservers(List.of(server.address()))
                .start();
    }

    /// Answers every question over TLS with one address.
    private static final class TlsNameserver implements AutoCloseable {
        final AtomicInteger accepted = new AtomicInteger();
        final AtomicInteger asked = new AtomicInteger();
        private final SSLServerSocket socket;

        TlsNameserver(String name) throws Exception {
            var issued = CA.issue(name, Duration.ofHours(1));
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", issued.key(), new char[0], issued.chain().toArray(new Certificate[0]));
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            socket = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(this::serve);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        private void serve() {
            while (!socket.isClosed()) {
                try {
                    var stream = socket.accept();
                    accepted.incrementAndGet();
                    Thread.ofVirtual().start(() -> serve(stream));
                } catch (IOException _) {
                    // Closed.
                }
            }
        }

        private void serve(Socket stream) {
            try (stream) {
                var in = new DataInputStream(stream.getInputStream());
                var out = new DataOutputStream(stream.getOutputStream());
                while (true) {
                    var query = new Message(in.readNBytes(in.readUnsignedShort()));
                    asked.incrementAndGet();
                    var reply = FakeNameserver.reply(query, 0, "192.0.2.1").toWire();
                    out.writeShort(reply.length);
                    out.write(reply);
                    out.flush();
                }
            } catch (IOException _) {
                // The asker is gone, or does not trust us.
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
