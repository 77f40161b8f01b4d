package dev.outrigger.agent.probe;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// GET over HTTP/1.1, one connection a request; over TLS, ALPN offers HTTP/1.1 alone.
///
/// The JDK's client cannot send the Host header that a probe asks for, nor linger as Kubernetes' own prober does
/// so that ports are free again soon. One thread, once.
final class HttpProbe {
    private static final int MOST_REDIRECTS = 10;
    private static final int HEAD_BYTES = 64 << 10;
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "content-length",
            "host",
            "proxy-connection",
            "accept-encoding");

    private final Probe.Http probe;
    private final Map<String, String> headers = new TreeMap<>();
    private String host;

    HttpProbe(Probe.Http probe, Map<String, String> callers) {
        this.probe = probe;
        callers.forEach((name, value) -> {
            if (!HOP_BY_HOP.contains(name)) {
                headers.put(name, value);
            }
        });
        this.host = withPort(callers.getOrDefault("host", ""), probe);
        probe.headers().forEach((name, value) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("host")) {
                host = value;
            } else if (!HOP_BY_HOP.contains(lower)) {
                headers.put(lower, value);
            }
        });
        headers.putIfAbsent("user-agent", "outrigger-probe");
    }

    /// The caller's host with the application's port in place of the agent's.
    private static String withPort(String callers, Probe.Http probe) {
        var colon = callers.lastIndexOf(':');
        var name = colon > callers.lastIndexOf(']') ? callers.substring(0, colon) : callers;
        return name.isEmpty() ? Prober.authority(probe.host(), probe.port()) : name + ":" + probe.port();
    }

    private record Answer(int status, String location, String body) {}

    ProbeResult run() throws IOException {
        // The one limit over all redirects: closing the socket ends whatever waits on it.
        var path = probe.path();
        for (var redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            var answer = ask(path);
            if (answer.status() < 300 || answer.status() >= 400) {
                return result(answer);
            }
            var next = next(path, answer.location());
            if (next == null) {
                return ProbeResult.well("redirected to " + answer.location() + ", which is not followed\n");
            }
            path = next;
        }
        return ProbeResult.failed(Prober.describe(probe) + ": more than " + MOST_REDIRECTS + " redirects");
    }

    private static ProbeResult result(Answer answer) {
        return new ProbeResult(answer.status() >= 200 && answer.status() < 400, answer.status(), answer.body());
    }

    /// The path of a redirect to the same host; null for another host, or none at all, which counts as well.
    private @Nullable String next(String from, String location) {
        if (location.isEmpty()) {
            return null;
        }
        var target = URI.create("http://" + host + from).resolve(location);
        var isSame = target.getAuthority() != null && target.getAuthority().equals(host);
        if (!isSame && !(target.getHost() != null && target.getHost().equals(probe.host()))) {
            return null;
        }
        var query = target.getRawQuery();
        var path = target.getRawPath() == null || target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        return query == null ? path : path + "?" + query;
    }

    private Answer ask(String path) throws IOException {
        var millis = Math.max(1, (int) probe.timeout().toMillis());
        try (var socket = Prober.open(probe.host(), probe.port(), millis);
                var guard = guard(socket, millis)) {
            socket.setSoTimeout(millis);
            try {
                var transport = probe.scheme().equals("https") ? secured(socket) : socket;
                var request = new StringBuilder("GET " + path + " HTTP/1.1\r\nhost: " + host + "\r\n");
                headers.forEach((name, value) ->
                        request.append(name).append(": ").append(value).append("\r\n"));
                request.append("connection: close\r\n\r\n");
                transport.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
                return read(new BufferedInputStream(transport.getInputStream()));
            } catch (IOException e) {
                if (guard.isOver()) {
                    throw new SocketTimeoutException();
                }
                throw e;
            }
        }
    }

    /// Closes the socket when the time is over, however slowly the answer trickles.
    private static Guard guard(Socket socket, int millis) {
        return new Guard(socket, millis);
    }

    private static final class Guard implements AutoCloseable {
        private final CompletableFuture<Boolean> done = new CompletableFuture<>();

        Guard(Socket socket, int millis) {
            var _ = done.completeOnTimeout(true, millis, java.util.concurrent.TimeUnit.MILLISECONDS)
                    .thenAccept(late -> {
                        if (late) {
                            close(socket);
                        }
                    });
        }

        boolean isOver() {
            return done.getNow(false);
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException _) {
                // it is of no use any more
            }
        }

        @Override
        public void close() {
            done.complete(false);
        }
    }

    private SSLSocket secured(Socket socket) throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new javax.net.ssl.TrustManager[] {new TrustAll()}, null);
            var secured = (SSLSocket) context.getSocketFactory().createSocket(socket, probe.host(), probe.port(), true);
            var parameters = secured.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            secured.setSSLParameters(parameters);
            secured.startHandshake();
            return secured;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS here: " + e.getMessage(), e);
        }
    }

    private static Answer read(InputStream in) throws IOException {
        var first = line(in).split(" ", 3);
        if (first.length < 2 || !first[0].startsWith("HTTP/1.") || !first[1].matches("\\d{3}")) {
            throw new ProtocolException("the answer is no HTTP/1.1");
        }
        var location = "";
        var length = ProbeResult.BODY_BYTES;
        var isChunked = false;
        for (var line = line(in); !line.isEmpty(); line = line(in)) {
            var colon = Math.max(0, line.indexOf(':'));
            var value = line.substring(Math.min(line.length(), colon + 1)).strip();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "location" -> location = value;
                case "content-length" ->
                    length = value.matches("\\d{1,9}") ? Math.min(length, Integer.parseInt(value)) : length;
                case "transfer-encoding" ->
                    isChunked = value.toLowerCase(Locale.ROOT).contains("chunked");
                default -> {}
            }
        }
        var body = isChunked ? chunks(in) : in.readNBytes(length);
        return new Answer(Integer.parseInt(first[1]), location, new String(body, StandardCharsets.UTF_8));
    }

    private static byte[] chunks(InputStream in) throws IOException {
        var all = new ByteArrayOutputStream();
        while (all.size() < ProbeResult.BODY_BYTES) {
            var size = line(in).split(";", 2)[0].strip();
            if (!size.matches("\\p{XDigit}{1,7}")) {
                throw new ProtocolException("a chunk of the answer has no size");
            }
            var bytes = Integer.parseInt(size, 16);
            if (bytes == 0) {
                break;
            }
            all.write(in.readNBytes(Math.min(bytes, ProbeResult.BODY_BYTES - all.size())));
            if (all.size() < ProbeResult.BODY_BYTES) {
                line(in);
            }
        }
        return all.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (var c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection was closed instead of an answer");
            }
            if (line.length() >= HEAD_BYTES) {
                throw new ProtocolException("a line of the answer is too long");
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }
}
