package dev.outrigger.agent.status;

import static java.lang.System.Logger.Level.DEBUG;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.health.Readiness;
import dev.outrigger.stats.ScrapeRequest;
import dev.outrigger.stats.StatsMerger;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// Probes, the merged scrape, and on loopback what the command line asks. One virtual thread an exchange.
///
/// It starts before everything it reports on, so that probes and scrapes are answered from the first moment; what
/// is not there yet answers 503.
public final class StatusServer implements AutoCloseable {
    private static final System.Logger log = System.getLogger(StatusServer.class.getName());
    private static final int BACKLOG = 128;
    private static final int EXCHANGES = 64;
    private static final int ROTATION_SECONDS = 30;

    private final HttpServer server;
    private final ExecutorService exchanges;
    private final Semaphore free = new Semaphore(EXCHANGES);
    private final HealthBoard board;
    private final StatsMerger stats;
    private volatile @Nullable Pages pages;

    private StatusServer(HttpServer server, HealthBoard board, StatsMerger stats) {
        this.server = server;
        this.board = board;
        this.stats = stats;
        this.exchanges = Executors.newVirtualThreadPerTaskExecutor();
    }

    /// Binds and serves.
    ///
    /// @throws IOException when the address cannot be bound
    public static StatusServer start(StatusConfig config, HealthBoard board, StatsMerger stats) throws IOException {
        try {
            var server = new StatusServer(HttpServer.create(config.address(), BACKLOG), board, stats);
            server.serve();
            return server;
        } catch (BindException e) {
            throw new IOException(
                    "status address " + LocalHttp.text(config.address()) + " cannot be bound (" + e.getMessage()
                            + "); free it or set --status-address",
                    e);
        }
    }

    /// The bound address, for a port that was given as 0.
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /// Switches the loopback paths on.
    public void show(Pages shown) {
        pages = shown;
    }

    /// Stops at once; exchanges in flight get a second.
    @Override
    public void close() {
        server.stop(0);
        exchanges.shutdown();
        try {
            if (!exchanges.awaitTermination(1, TimeUnit.SECONDS)) {
                exchanges.shutdownNow();
            }
        } catch (InterruptedException e) {
            exchanges.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void serve() {
        server.setExecutor(exchanges);
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (!free.tryAcquire()) {
            send(exchange, 503, "text/plain", "busy: " + EXCHANGES + " requests are being answered\n");
            return;
        }
        try (exchange) {
            route(exchange);
        } catch (IOException e) {
            log.log(DEBUG, "exchange ended: {0}", e.getMessage());
        } finally {
            free.release();
        }
    }

    private void route(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().getPath();
        switch (path) {
            case "/healthz/ready" -> ready(exchange);
            case "/healthz/live" -> send(exchange, 200, "text/plain", "live\n");
            case "/stats/prometheus", "/metrics" -> scrape(exchange);
            case "/debug/status" -> ifLocal(exchange, "GET", local -> page(exchange, local.status()));
            case "/debug/certs" -> ifLocal(exchange, "GET", local -> page(exchange, local.certs(query(exchange))));
            case "/debug/xds" -> ifLocal(exchange, "GET", local -> page(exchange, local.xds(query(exchange))));
            case "/debug/dns" -> ifLocal(exchange, "GET", local -> page(exchange, local.dns(query(exchange))));
            case "/debug/certs/rotate" -> ifLocal(exchange, "POST", local -> rotate(exchange, local));
            case "/drain" ->
                ifLocal(exchange, "POST", local -> {
                    local.drain("POST /drain");
                    send(exchange, 200, "text/plain", "draining\n");
                });
            case "/quitquitquit" ->
                ifLocal(exchange, "POST", local -> {
                    send(exchange, 200, "text/plain", "draining\n");
                    local.quit();
                });
            default ->
                send(
                        exchange,
                        404,
                        "text/plain",
                        "no such path; there are /healthz/ready, /healthz/live, /stats/prometheus, and on loopback"
                                + " /debug/status, /debug/certs, /debug/xds, /debug/dns, POST /debug/certs/rotate, POST /quitquitquit\n");
        }
    }

    private void ready(HttpExchange exchange) throws IOException {
        var readiness = board.readiness();
        var status = readiness.ready() ? 200 : 503;
        if (wantsJson(exchange)) {
            send(exchange, status, "application/json", json(readiness).compact() + "\n");
        } else {
            send(exchange, status, "text/plain", text(readiness));
        }
    }

    /// `ready`, or one line for everything that is not as it should be: what does not gate readiness is often the
    /// cause of what does.
    static String text(Readiness readiness) {
        if (readiness.ready()) {
            return "ready\n";
        }
        var lines = new StringBuilder("not ready\n");
        readiness.conditions().stream()
                .filter(c -> !c.met())
                .forEach(c ->
                        lines.append(c.name()).append(": ").append(c.reason()).append('\n'));
        return lines.toString();
    }

    /// `{"ready":false,"conditions":[{"name":…,"gates":…,"met":…,"reason":…,"since":…}]}`.
    public static Json json(Readiness readiness) {
        var conditions = readiness.conditions().stream()
                .map(c -> Json.object()
                        .put("name", c.name())
                        .put("gate", c.gate().name().toLowerCase(java.util.Locale.ROOT))
                        .put("met", c.met())
                        .put("reason", c.reason())
                        .put("since", c.since().toString()))
                .toList();
        return Json.object().put("ready", readiness.ready()).put("conditions", conditions);
    }

    private void scrape(HttpExchange exchange) throws IOException {
        var headers = exchange.getRequestHeaders();
        var request = new ScrapeRequest(
                Optional.ofNullable(headers.getFirst("Accept")).orElse(""),
                Optional.ofNullable(headers.getFirst("X-Prometheus-Scrape-Timeout-Seconds")));
        var zipped = Optional.ofNullable(headers.getFirst("Accept-Encoding"))
                .orElse("")
                .contains("gzip");
        var scrape = stats.scrape(request);
        exchange.getResponseHeaders().set("Content-Type", scrape.contentType());
        if (zipped) {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        }
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out =
                zipped ? new GZIPOutputStream(exchange.getResponseBody(), 8192) : exchange.getResponseBody()) {
            scrape.writeTo(out);
        }
    }

    /// The parameters of the query; the last one of a name counts.
    private static Map<String, String> query(HttpExchange exchange) {
        var query = exchange.getRequestURI().getRawQuery();
        var parameters = new HashMap<String, String>();
        for (var parameter : query == null ? new String[0] : query.split("&", -1)) {
            var equals = parameter.indexOf('=');
            if (equals > 0) {
                parameters.put(decoded(parameter.substring(0, equals)), decoded(parameter.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static void page(HttpExchange exchange, Page page) throws IOException {
        if (wantsJson(exchange)) {
            send(exchange, page.status(), "application/json", page.json().pretty() + "\n");
        } else {
            send(exchange, page.status(), "text/plain", page.text());
        }
    }

    private void rotate(HttpExchange exchange, Pages local) throws IOException {
        try {
            var line = local.rotate().toCompletableFuture().get(ROTATION_SECONDS, TimeUnit.SECONDS);
            send(exchange, 200, "text/plain", line + "\n");
        } catch (ExecutionException e) {
            send(
                    exchange,
                    502,
                    "text/plain",
                    "not rotated: "
                            + Objects.requireNonNullElse(e.getCause(), e).getMessage() + "\n");
        } catch (TimeoutException e) {
            send(
                    exchange,
                    504,
                    "text/plain",
                    "no new certificate within " + ROTATION_SECONDS + " s; see /debug/certs\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Local {
        void run(Pages pages) throws IOException;
    }

    private void ifLocal(HttpExchange exchange, String method, Local then) throws IOException {
        var shown = pages;
        if (!exchange.getRemoteAddress().getAddress().isLoopbackAddress()) {
            send(exchange, 403, "text/plain", "only from this machine's loopback\n");
        } else if (!exchange.getRequestMethod().equals(method)) {
            exchange.getResponseHeaders().set("Allow", method);
            send(exchange, 405, "text/plain", "use " + method + "\n");
        } else if (shown == null) {
            send(exchange, 503, "text/plain", "still starting\n");
        } else {
            then.run(shown);
        }
    }

    private static boolean wantsJson(HttpExchange exchange) {
        var accept = exchange.getRequestHeaders().getFirst("Accept");
        return accept != null && accept.contains("application/json");
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
        var isHead = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, isHead ? -1 : bytes.length);
        if (!isHead) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }
}
