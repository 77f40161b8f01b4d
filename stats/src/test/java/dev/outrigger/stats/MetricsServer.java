package dev.outrigger.stats;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A source of metrics on loopback.
final class MetricsServer implements AutoCloseable {
    static final String TEXT = "text/plain; version=0.0.4";
    static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static final int BACKLOG = 256;

    interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private MetricsServer(Handler handler) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", handler::handle);
        server.start();
    }

    static MetricsServer with(Handler handler) {
        return new MetricsServer(handler);
    }

    static MetricsServer text(String body) {
        return bytes(TEXT, body.getBytes(StandardCharsets.UTF_8));
    }

    static MetricsServer openMetrics(String body) {
        return bytes(OPEN_METRICS, body.getBytes(StandardCharsets.UTF_8));
    }

    static MetricsServer bytes(String type, byte[] body) {
        return with(exchange -> answer(exchange, 200, type, body));
    }

    static void answer(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/metrics?format=text");
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
