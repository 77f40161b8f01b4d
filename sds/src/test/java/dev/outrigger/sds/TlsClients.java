package dev.outrigger.sds;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A client that connects without a pause, with the newest identity, and remembers whom it met and what failed.
///
/// Any thread may ask; guarded by it.
final class TlsClients implements AutoCloseable {
    private static final long LIMIT_SECONDS = 20;
    private static final int MOST_FAILURES = 10;
    private static final int PATIENCE_MILLIS = 10_000;

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    private final Thread thread;
    private final Set<BigInteger> met = new HashSet<>();
    private final List<String> failures = new ArrayList<>();
    private int connections;
    private boolean stopped;

    /// @param identity asked before each connection
    TlsClients(InetSocketAddress address, Supplier<Identity> identity) {
        thread = Thread.ofVirtual().start(() -> run(address, identity));
    }

    /// One connection.
    ///
    /// @return the certificate of the server
    static X509Certificate connect(InetSocketAddress address, Identity identity)
            throws IOException, GeneralSecurityException {
        try (var socket = (SSLSocket) context(identity).getSocketFactory().createSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(address, PATIENCE_MILLIS);
            socket.startHandshake();
            socket.getOutputStream().write(HELLO);
            var said = socket.getInputStream().readNBytes(HELLO.length);
            if (!Arrays.equals(said, HELLO)) {
                throw new IOException("Envoy said " + said.length + " bytes");
            }
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    static SSLContext context(Identity identity) throws IOException, GeneralSecurityException {
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("svid", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        var roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        for (var root : identity.bundle()) {
            roots.setCertificateEntry(root.getSerialNumber().toString(), root);
        }
        var trustManagers = TrustManagerFactory.getInstance("PKIX");
        trustManagers.init(roots);
        var context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    /// Waits up to 20 s until a connection met this certificate.
    synchronized void await(X509Certificate leaf, Supplier<String> otherwise) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!met.contains(leaf.getSerialNumber())) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError(
                        "no connection met the newest certificate; " + failures + "\n" + otherwise.get());
            }
            wait(left);
        }
    }

    synchronized List<String> failures() {
        return List.copyOf(failures);
    }

    synchronized int connections() {
        return connections;
    }

    @Override
    public void close() {
        synchronized (this) {
            stopped = true;
        }
        try {
            if (!thread.join(Duration.ofSeconds(LIMIT_SECONDS))) {
                throw new AssertionError("a connection hangs");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(InetSocketAddress address, Supplier<Identity> identity) {
        while (!isStopped()) {
            try {
                record(connect(address, identity.get()), null);
            } catch (IOException | GeneralSecurityException e) {
                record(null, e);
            }
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private synchronized void record(@Nullable X509Certificate leaf, @Nullable Exception failure) {
        connections++;
        if (leaf != null) {
            met.add(leaf.getSerialNumber());
        }
        if (failure != null && failures.size() < MOST_FAILURES) {
            failures.add(failure.toString());
        }
        notifyAll();
    }
}
