package dev.outrigger.agent.it;

import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A client of the mTLS listener that makes one handshake after the other, asks one thing, and looks at the
/// certificate it was shown. Whatever goes wrong, an expired certificate included, is kept.
final class HandshakeProbe implements AutoCloseable {
    private static final int LIMIT_SECONDS = 30;
    private static final int PATIENCE_MILLIS = 10_000;
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nhost: hello\r\nconnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final InetSocketAddress address;
    private final InstantSource clock = InstantSource.system();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong handshakes = new AtomicLong();
    private volatile SSLContext identity;
    private volatile @Nullable X509Certificate seen;
    private volatile boolean stopped;
    private final Thread thread = Thread.ofPlatform().name("handshakes").unstarted(this::run);

    private HandshakeProbe(InetSocketAddress address, SSLContext identity) {
        this.address = address;
        this.identity = identity;
    }

    static HandshakeProbe start(InetSocketAddress address, TestCa.Issued client, List<X509Certificate> roots) {
        var probe = new HandshakeProbe(address, context(client, roots));
        probe.thread.start();
        return probe;
    }

    /// Presents another identity from the next handshake on, and waits until that one is over.
    void present(TestCa.Issued client, List<X509Certificate> roots) {
        identity = context(client, roots);
        await(2);
    }

    /// Waits for this many further handshakes.
    void await(int more) {
        var goal = handshakes.get() + more;
        Eventually.holds(
                LIMIT_SECONDS,
                () -> handshakes.get() >= goal || !failures.isEmpty(),
                () -> "no further handshake after " + handshakes);
        check();
    }

    /// Waits until this certificate is shown.
    void awaitShown(X509Certificate leaf) {
        Eventually.holds(LIMIT_SECONDS, () -> leaf.equals(seen) || !failures.isEmpty(), () -> "shown is still " + seen);
        check();
    }

    long handshakes() {
        return handshakes.get();
    }

    void check() {
        if (!failures.isEmpty()) {
            throw new AssertionError("after " + handshakes + " handshakes: " + failures);
        }
    }

    private void run() {
        while (!stopped) {
            try {
                seen = shake();
                handshakes.incrementAndGet();
            } catch (IOException | RuntimeException e) {
                if (!stopped) {
                    failures.add(clock.instant() + " " + e);
                    return;
                }
            }
        }
    }

    private X509Certificate shake() throws IOException {
        try (var socket = (SSLSocket) identity.getSocketFactory().createSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(address, PATIENCE_MILLIS);
            var began = clock.instant();
            socket.startHandshake();
            socket.getOutputStream().write(REQUEST);
            var said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (!said.startsWith("HTTP/1.1 200")) {
                throw new IOException("answered " + said.lines().findFirst().orElse("nothing"));
            }
            var leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            if (!began.isBefore(leaf.getNotAfter().toInstant())) {
                throw new IOException("shown a certificate that expired " + leaf.getNotAfter());
            }
            return leaf;
        }
    }

    private static SSLContext context(TestCa.Issued client, List<X509Certificate> roots) {
        try {
            var keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("svid", client.key(), new char[0], client.chain().toArray(X509Certificate[]::new));
            var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, new char[0]);
            var trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            for (var root : roots) {
                trusted.setCertificateEntry(root.getSerialNumber().toString(), root);
            }
            var trustManagers = TrustManagerFactory.getInstance("PKIX");
            trustManagers.init(trusted);
            var context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
            context.getClientSessionContext().setSessionCacheSize(1);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
