package dev.outrigger.stats;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/// One POST over HTTP/1.1 (RFC 9112), with TLS for `https`, and one limit over everything: the JDK's clients have
/// none for what they send, and a collector that reads nothing would hold an export for ever. One thread; any
/// thread may {@link #close} to end it.
final class OtlpPost implements AutoCloseable {
    private static final int HEAD_LINE = 8 << 10;
    private static final int PART = 64 << 10;

    private final URI endpoint;
    private final OtlpTls tls;
    /// Closed in any case, that of TLS on top of it only in good order: its end would wait for a writer that
    /// hangs.
    private final Socket socket = new Socket();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean late;

    /// @param tls for `https`
    OtlpPost(URI endpoint, OtlpTls tls) {
        this.endpoint = endpoint;
        this.tls = tls;
    }

    /// Sends a body and reads the status of the answer.
    ///
    /// @param headers besides those for the body
    /// @throws IOException when the status is no success, or the limit is over
    void send(Map<String, String> headers, byte[] body, int size, Duration limit) throws IOException {
        Thread.ofVirtual().name("otlp-limit").start(() -> closeAfter(limit));
        try {
            var status = ask(headers, body, size);
            if (!status.matches("HTTP/1\\.[01] 2[0-9][0-9]( .*)?")) {
                throw new IOException(status.startsWith("HTTP/1.") ? "HTTP status " + status.substring(9) : "no HTTP");
            }
        } catch (IOException e) {
            throw late ? new IOException("too slow", e) : e;
        }
    }

    @Override
    public void close() {
        over.countDown();
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }

    private void closeAfter(Duration limit) {
        try {
            if (!over.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                late = true;
                close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String ask(Map<String, String> headers, byte[] body, int size) throws IOException {
        var isSecure = endpoint.getScheme().equals("https");
        var port = endpoint.getPort() < 0 ? (isSecure ? 443 : 80) : endpoint.getPort();
        socket.connect(new InetSocketAddress(InetAddress.getByName(endpoint.getHost()), port));
        var connection = isSecure ? secured(port) : socket;
        var out = connection.getOutputStream();
        out.write(head(headers, size).getBytes(StandardCharsets.UTF_8));
        for (var from = 0; from < size; from += PART) {
            out.write(body, from, Math.min(PART, size - from));
        }
        out.flush();
        return line(new BufferedInputStream(connection.getInputStream()));
    }

    private String head(Map<String, String> headers, int size) {
        var path = endpoint.getRawPath() == null || endpoint.getRawPath().isEmpty() ? "/" : endpoint.getRawPath();
        var head = new StringBuilder("POST ")
                .append(path)
                .append(endpoint.getRawQuery() == null ? "" : "?" + endpoint.getRawQuery())
                .append(" HTTP/1.1\r\nHost: ")
                .append(endpoint.getHost())
                .append(endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort())
                .append("\r\nUser-Agent: outrigger\r\nConnection: close\r\nContent-Length: ")
                .append(size)
                .append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString();
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (var next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.length() == HEAD_LINE) {
                throw new IOException(next < 0 ? "closed without an answer" : "no HTTP");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /// The files are read each time, so that new ones count at once.
    private Socket secured(int port) throws IOException {
        var secured = (SSLSocket) tls.factory().createSocket(socket, endpoint.getHost(), port, true);
        var parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }
}
