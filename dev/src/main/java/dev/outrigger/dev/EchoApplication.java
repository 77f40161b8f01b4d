package dev.outrigger.dev;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A small application to put behind a sidecar: it answers with what it was asked (HTTP/1.1, plaintext).
///
/// `/metrics` has Prometheus metrics, `/status/503` answers with that status (200 to 599), `/slow?ms=200` answers
/// after that time (10 s at most); any other path answers 200 with the method, the path and the headers.
public final class EchoApplication implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("/status/([2-5]\\d\\d)");
    private static final Pattern SLOW = Pattern.compile("ms=(\\d{1,9})");
    private static final int LONGEST_MILLIS = 10_000;
    private static final int LARGEST_BODY_BYTES = 1 << 20;
    private static final int OK = 200;

    private final HttpServer server;
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("outrigger-echo-", 0).factory());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final EchoMetrics metrics = new EchoMetrics();
    private final InstantSource clock;

    private EchoApplication(HttpServer server, InstantSource clock) {
        this.server = server;
        this.clock = clock;
        server.setExecutor(executor);
        server.createContext("/", this::exchange);
    }

    /// Serves at once.
    ///
    /// @param address port 0 takes a free one
    /// @param clock the time that answers tell
    /// @throws IOException when it cannot listen there; what, where and how to fix it
    public static EchoApplication start(InetSocketAddress address, InstantSource clock) throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException(
                    "the built-in application cannot listen on " + Addresses.text(address) + " (" + e.getMessage()
                            + "); stop what listens there (ss -ltnp shows it), or change application.address",
                    e);
        }
        var application = new EchoApplication(server, clock);
        server.start();
        return application;
    }

    /// Where it listens.
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /// Breaks what is under way and listens no more.
    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        executor.shutdownNow();
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readNBytes(LARGEST_BODY_BYTES);
            var path = exchange.getRequestURI().getPath();
            var status = STATUS.matcher(path);
            if (path.equals("/metrics")) {
                answer(exchange, OK, metrics.text(), EchoMetrics.CONTENT_TYPE);
            } else if (status.matches()) {
                answer(exchange, Integer.parseInt(status.group(1)), status.group(1) + "\n", "text/plain");
            } else {
                pause(path, exchange.getRequestURI());
                answer(exchange, OK, seen(exchange), "text/plain; charset=utf-8");
            }
        }
    }

    private void pause(String path, URI uri) throws IOException {
        var wanted = SLOW.matcher(String.valueOf(uri.getQuery()));
        if (!path.equals("/slow") || !wanted.find()) {
            return;
        }
        try {
            if (closed.await(Math.min(LONGEST_MILLIS, Integer.parseInt(wanted.group(1))), TimeUnit.MILLISECONDS)) {
                throw new IOException("the application stops");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the application stops", e);
        }
    }

    private void answer(HttpExchange exchange, int status, String text, String type) throws IOException {
        metrics.answered(status);
        boolean bodyless = exchange.getRequestMethod().equals("HEAD") || status == 204 || status == 304;
        var body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", type);
        exchange.sendResponseHeaders(status, bodyless ? -1 : body.length);
        if (!bodyless) {
            exchange.getResponseBody().write(body);
        }
    }

    private String seen(HttpExchange exchange) {
        var text = new StringBuilder("Hello from the application behind Envoy.\n\n")
                .append(exchange.getRequestMethod())
                .append(' ')
                .append(exchange.getRequestURI())
                .append('\n');
        var headers = new TreeMap<String, String>();
        exchange.getRequestHeaders()
                .forEach((name, values) ->
                        headers.put(name.toLowerCase(java.util.Locale.ROOT), String.join(", ", values)));
        headers.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append('\n'));
        return text.append("\ntime: ").append(clock.instant()).append('\n').toString();
    }
}
