package dev.outrigger.agent.status;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.status.Front.Decision;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.stats.StatsMerger;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Probes, the merged scrape, and on loopback what the command line asks.
///
/// It starts before everything it reports on, so that probes and scrapes are answered from the first moment; what
/// is not there yet answers 503. Readiness and liveness are answered by the thread of {@link Front}; all else
/// takes a virtual thread and one of so many permits of its kind.
public final class StatusServer implements AutoCloseable {
    private static final int ROTATION_SECONDS = 30;
    private static final int MOST_HELD = 64;
    private static final Duration PAGE = Duration.ofSeconds(60);
    private static final Duration SCRAPE = Duration.ofMinutes(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    private static final Duration USUAL_WAIT = Duration.ofSeconds(60);
    private static final String PATHS =
            "no such path; there are /healthz/ready, /healthz/live, /healthz/wait, /stats/prometheus, /metrics,"
                    + " /app-health/CONTAINER/PROBE, and on loopback"
                    + " /debug/status, /debug/certs, /debug/xds, /debug/dns, /debug/log, POST /debug/certs/rotate, POST /drain,"
                    + " POST /quitquitquit\n";

    private final HealthBoard board;
    private final Scrapes merged;
    private final AppProbes probes;
    private final Semaphore scrapes = new Semaphore(64);
    private final Semaphore localPages = new Semaphore(32);
    private final Semaphore probing = new Semaphore(64);
    private final AtomicInteger held = new AtomicInteger();
    private volatile @Nullable Pages pages;
    private @Nullable Front front;

    private StatusServer(HealthBoard board, StatsMerger stats, AppProbes probes) {
        this.board = board;
        this.merged = new Scrapes(stats);
        this.probes = probes;
    }

    /// Binds and serves.
    ///
    /// @param probes of the application that may be asked for
    /// @throws IOException when the address cannot be bound
    public static StatusServer start(
            StatusConfig config, HealthBoard board, StatsMerger stats, AppProbes probes, InstantSource clock)
            throws IOException {
        try {
            var server = new StatusServer(board, stats, probes);
            var front = Front.start(config.address(), server::decide, clock);
            server.front = front;
            board.onChange(front::changed);
            return server;
        } catch (BindException e) {
            throw new IOException(
                    "status address " + LocalHttp.text(config.address()) + " cannot be bound (" + e.getMessage()
                            + "); free it or set --status-address",
                    e);
        }
    }

    /// The bound address, for a port that was given as 0.
    public InetSocketAddress address() throws IOException {
        return Objects.requireNonNull(front).address();
    }

    /// Switches the loopback paths on.
    public void show(Pages shown) {
        pages = shown;
    }

    /// Stops at once.
    @Override
    public void close() {
        if (front != null) {
            front.close();
        }
    }

    private Decision decide(Head head, InetSocketAddress peer) {
        return switch (head.path()) {
            case "/healthz/ready" -> read(head, () -> now(ReadyPage.reply(board.readiness(), head.wantsJson())));
            case "/healthz/live" -> read(head, () -> now(Reply.text(200, "live\n")));
            case "/healthz/wait" -> read(head, () -> hold(head));
            case "/stats/prometheus", "/metrics" -> read(head, () -> later(scrapes, SCRAPE, this::scrape));
            case "/debug/status" -> local(head, peer, "GET", (at, pages) -> page(at, pages.status()));
            case "/debug/certs" -> local(head, peer, "GET", (at, pages) -> page(at, pages.certs(query(head))));
            case "/debug/xds" -> local(head, peer, "GET", (at, pages) -> page(at, pages.xds(query(head))));
            case "/debug/dns" -> local(head, peer, "GET", (at, pages) -> page(at, pages.dns(query(head))));
            case "/debug/log" -> {
                var method = head.isRead() ? "GET" : "POST";
                yield local(head, peer, method, (at, pages) -> page(at, pages.log(method, query(head))));
            }
            case "/debug/certs/rotate" -> local(head, peer, "POST", StatusServer::rotate);
            case "/drain" -> local(head, peer, "POST", StatusServer::drain);
            case "/quitquitquit" ->
                local(head, peer, "POST", (at, pages) -> {
                    at.send(Reply.text(200, "draining, then ending\n"));
                    pages.quit();
                });
            default -> appProbe(head);
        };
    }

    private Decision appProbe(Head head) {
        var probe = probes.find(head.path());
        return probe.isEmpty()
                ? now(Reply.text(404, head.path().startsWith("/app-health/") ? probes.unknown(head.path()) : PATHS))
                : read(
                        head,
                        () -> later(
                                probing,
                                probe.get().limit(),
                                exchange -> exchange.send(probe.get().run(head))));
    }

    private static Map<String, String> query(Head head) {
        return head.parameters();
    }

    private interface Then {
        Decision decide();
    }

    private static Decision read(Head head, Then then) {
        return head.isRead() ? then.decide() : now(notAllowed("GET"));
    }

    private static Decision now(Reply reply) {
        return new Decision.Now(reply);
    }

    private static Reply notAllowed(String method) {
        return new Reply(405, "text/plain; charset=utf-8", "use " + method + "\n", Map.of("Allow", method));
    }

    /// At most so many of a kind at once; the others are told so instead of waiting.
    private static Decision later(Semaphore permits, Duration limit, Front.Work work) {
        return new Decision.Later(limit, exchange -> {
            if (!permits.tryAcquire()) {
                exchange.send(new Reply(
                        503,
                        "text/plain; charset=utf-8",
                        "busy: too many requests of this kind are being answered\n",
                        Map.of("Retry-After", "1")));
                return;
            }
            try {
                work.run(exchange);
            } finally {
                permits.release();
            }
        });
    }

    private interface LocalWork {
        void run(Exchange exchange, Pages pages) throws IOException;
    }

    private Decision local(Head head, InetSocketAddress peer, String method, LocalWork work) {
        var refusal = Caller.refusal(peer, head);
        var shown = pages;
        if (refusal.isPresent()) {
            return now(Reply.text(403, refusal.get() + "\n"));
        }
        if (!head.method().equals(method) && !(method.equals("GET") && head.isRead())) {
            return now(notAllowed(method));
        }
        return shown == null
                ? now(Reply.text(503, "still starting\n"))
                : later(localPages, PAGE, exchange -> work.run(exchange, shown));
    }

    /// Answers the moment it is ready, or says what is missing when the time is over.
    private Decision hold(Head head) {
        var limit = limit(head.parameters().get("timeout"));
        if (limit.isEmpty()) {
            return now(Reply.text(
                    400, "timeout=" + head.parameters().get("timeout") + ": no time up to 10m; write timeout=60s\n"));
        }
        if (board.readiness().ready() || limit.get().isZero()) {
            return now(ReadyPage.reply(board.readiness(), head.wantsJson()));
        }
        if (held.incrementAndGet() > MOST_HELD) {
            held.decrementAndGet();
            return now(Reply.text(503, "busy: " + MOST_HELD + " requests wait for readiness already\n"));
        }
        return new Decision.Held(limit.get(), new Front.Answer() {
            @Override
            public @Nullable Reply look(boolean isLast) {
                var readiness = board.readiness();
                return readiness.ready() || isLast ? ReadyPage.reply(readiness, head.wantsJson()) : null;
            }

            @Override
            public void over() {
                held.decrementAndGet();
            }
        });
    }

    private static Optional<Duration> limit(@Nullable String text) {
        if (text == null) {
            return Optional.of(USUAL_WAIT);
        }
        var matcher = java.util.regex.Pattern.compile("(\\d{1,6})(ms|s|m|)").matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var amount = Long.parseLong(matcher.group(1));
        var limit = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofSeconds(amount);
        };
        return limit.compareTo(LONGEST_WAIT) > 0 ? Optional.empty() : Optional.of(limit);
    }

    private void scrape(Exchange exchange) throws IOException {
        merged.answer(new Scrapes.Asked() {
            @Override
            public Optional<String> header(String name) {
                return exchange.head().header(name);
            }

            @Override
            public OutputStream answer(Map<String, String> headers) throws IOException {
                return exchange.stream(200, headers);
            }
        });
    }

    private static void page(Exchange exchange, Page page) throws IOException {
        exchange.send(
                exchange.head().wantsJson()
                        ? Reply.json(page.status(), page.json().pretty() + "\n")
                        : Reply.text(page.status(), page.text()));
    }

    private static void rotate(Exchange exchange, Pages local) throws IOException {
        exchange.send(outcome(
                local.rotate(),
                Duration.ofSeconds(ROTATION_SECONDS),
                "not rotated: ",
                "no new certificate within " + ROTATION_SECONDS + " s; see /debug/certs"));
    }

    /// `?wait=30s` answers when it is over.
    private static void drain(Exchange exchange, Pages local) throws IOException {
        var wait =
                limit(exchange.head().parameters().getOrDefault("wait", "0s")).filter(d -> d.compareTo(PAGE) < 0);
        if (wait.isEmpty()) {
            exchange.send(Reply.text(400, "wait: no time below 60s; write wait=30s\n"));
            return;
        }
        var drained = local.drain("POST /drain");
        exchange.send(
                wait.get().isZero()
                        ? Reply.text(200, "draining\n")
                        : outcome(drained, wait.get(), "not drained: ", "still draining; see /debug/status"));
    }

    private static Reply outcome(CompletionStage<String> done, Duration limit, String failed, String late) {
        try {
            return Reply.text(200, done.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS) + "\n");
        } catch (ExecutionException e) {
            return Reply.text(
                    502, failed + Objects.requireNonNullElse(e.getCause(), e).getMessage() + "\n");
        } catch (TimeoutException e) {
            return Reply.text(504, late + "\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.text(503, "the agent ends\n");
        }
    }
}
