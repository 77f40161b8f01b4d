package dev.outrigger.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.probe.Probe;
import dev.outrigger.agent.probe.Prober;
import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.stats.ScrapeFilter;
import dev.outrigger.stats.StatsConfig;
import dev.outrigger.stats.StatsMerger;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatusServerTest {
    private static final int LIMIT_MILLIS = 20_000;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final HealthBoard board = new HealthBoard(now::get);
    private final Condition envoy = board.condition("envoy", Gate.READINESS, "Envoy is starting");
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private ServerSocket application;
    private StatusServer server;

    @BeforeEach
    void start() throws IOException {
        application = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        var probe = new Probe.Tcp("127.0.0.1", application.getLocalPort(), Duration.ofSeconds(5));
        server = StatusServer.start(
                new StatusConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                board,
                new StatsMerger(
                        new StatsConfig(Optional.empty(), List.of(), Duration.ofSeconds(5), ScrapeFilter.NONE, false),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                        () -> 0),
                new AppProbes(Map.of("/app-health/app/readyz", probe), new Prober(loops)),
                now::get);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        application.close();
        var _ = loops.shutdownGracefully();
    }

    @Test
    void readinessIsToldInWordsAndAsJson() throws IOException {
        assertThat(ask("GET /healthz/ready HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 503")
                .endsWith("not ready\nenvoy: Envoy is starting\n");
        assertThat(ask("GET /healthz/ready HTTP/1.1\r\nAccept: application/json\r\n\r\n"))
                .contains("\"ready\":false", "\"name\":\"envoy\"", "\"since\":\"1970-01-01T00:00:00Z\"");

        envoy.met("live");

        assertThat(ask("GET /healthz/ready HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 200")
                .endsWith("ready\n");
    }

    @Test
    void aHeldRequestIsAnsweredByTheChangeItWaitsFor() throws IOException {
        try (var waiting = connect()) {
            send(waiting, "GET /healthz/wait?timeout=60s HTTP/1.1\r\n\r\n");
            assertThat(ask("GET /healthz/live HTTP/1.1\r\n\r\n")).contains("live");

            envoy.met("live");

            assertThat(answer(waiting)).startsWith("HTTP/1.1 200").endsWith("ready\n");
        }
    }

    @Test
    void aHeldRequestNamesWhatIsMissingWhenItsTimeIsOver() throws IOException {
        try (var waiting = connect()) {
            send(waiting, "GET /healthz/wait?timeout=60s HTTP/1.1\r\n\r\n");
            assertThat(ask("GET /healthz/live HTTP/1.1\r\n\r\n")).contains("live");
            // The first may be answered before the one that waits is read, in the same turn; the second is in a later
            // one.
            assertThat(ask("GET /healthz/live HTTP/1.1\r\n\r\n")).contains("live");

            now.set(Instant.EPOCH.plusSeconds(61));

            assertThat(answer(waiting)).startsWith("HTTP/1.1 503").endsWith("envoy: Envoy is starting\n");
        }
    }

    @Test
    void onlySoManyRequestsAreHeldAndProbesAreAnsweredAllTheSame() throws IOException {
        var waiting = new ArrayList<Socket>();
        try {
            for (var i = 0; i < 64; i++) {
                waiting.add(connect());
                send(waiting.getLast(), "GET /healthz/wait HTTP/1.1\r\n\r\n");
            }
            assertThat(ask("GET /healthz/live HTTP/1.1\r\n\r\n")).contains("live");
            assertThat(ask("GET /healthz/wait HTTP/1.1\r\n\r\n"))
                    .startsWith("HTTP/1.1 503")
                    .contains("busy");

            waiting.removeFirst().close();

            assertThat(Eventually.answered(() -> ask("GET /healthz/wait?timeout=0s HTTP/1.1\r\n\r\n")))
                    .contains("envoy: Envoy is starting");
        } finally {
            for (var socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void aConnectionCarriesManyRequestsAlsoAfterOneThatTookItsTime() throws IOException {
        try (var socket = connect()) {
            for (var path : List.of("/healthz/live", "/metrics", "/healthz/ready", "/metrics", "/nothing")) {
                send(socket, "GET " + path + " HTTP/1.1\r\n\r\n");
                assertThat(answer(socket)).as(path).startsWith("HTTP/1.1 ");
            }
            send(socket, "GET /healthz/live HTTP/1.1\r\n\r\nHEAD /healthz/live HTTP/1.1\r\nConnection: close\r\n\r\n");
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("live\nHTTP/1.1 200 OK")
                    .endsWith("Connection: close\r\n\r\n");
        }
    }

    @Test
    void aHeadThatTricklesIsGivenUpAndOneThatNeverEndsIsRefused() throws IOException {
        try (var slow = connect();
                var endless = connect()) {
            send(slow, "GET /healthz/re");
            send(endless, "GET / HTTP/1.1\r\nX: " + "x".repeat(20_000));
            assertThat(read(endless)).startsWith("HTTP/1.1 431");

            assertThat(ask("GET /healthz/live HTTP/1.1\r\n\r\n")).contains("live");
            now.set(Instant.EPOCH.plusSeconds(11));

            assertThat(read(slow)).startsWith("HTTP/1.1 408");
        }
    }

    @Test
    void idleConnectionsKeepNobodyOut() throws IOException {
        var idle = new ArrayList<Socket>();
        try {
            for (var i = 0; i < 600; i++) {
                idle.add(connect());
            }
            assertThat(ask("GET /healthz/live HTTP/1.1\r\n\r\n")).contains("live");
        } finally {
            for (var socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void onlyConfiguredProbesOfTheApplicationArePassedOn() throws IOException {
        assertThat(ask("GET /app-health/app/readyz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200");
        assertThat(ask("GET /app-health/app/livez HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 404")
                .contains("there are /app-health/app/readyz");

        application.close();

        assertThat(ask("GET /app-health/app/readyz HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 500")
                .contains("TCP 127.0.0.1:", "refused");
    }

    @Test
    void whatChangesSomethingWantsThePostOfALocalProcess() throws IOException {
        assertThat(ask("POST /drain HTTP/1.1\r\nHost: evil.example\r\n\r\n")).startsWith("HTTP/1.1 403");
        assertThat(ask("GET /drain HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 405");
        assertThat(ask("POST /drain HTTP/1.1\r\nHost: localhost\r\n\r\n")).contains("still starting");
        assertThat(ask("POST /healthz/ready HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"))
                .startsWith("HTTP/1.1 405");
    }

    private Socket connect() throws IOException {
        var socket = new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(LIMIT_MILLIS);
        return socket;
    }

    private String ask(String request) throws IOException {
        try (var socket = connect()) {
            send(socket, request);
            return answer(socket);
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String read(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /// One answer, with its length given or in chunks.
    private static String answer(Socket socket) throws IOException {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1), 1);
        var all = new StringBuilder();
        var length = 0;
        var chunked = false;
        for (var line = line(in); !line.isEmpty(); line = line(in)) {
            all.append(line).append("\r\n");
            if (line.startsWith("Content-Length: ")) {
                length = Integer.parseInt(line.substring("Content-Length: ".length()));
            }
            chunked |= line.equals("Transfer-Encoding: chunked");
        }
        all.append("\r\n");
        while (chunked) {
            length = Integer.parseInt(line(in), 16);
            read(in, length, all);
            line(in);
            chunked = length > 0;
            length = 0;
        }
        read(in, length, all);
        return all.toString();
    }

    private static void read(BufferedReader in, int length, StringBuilder into) throws IOException {
        for (var i = 0; i < length; i++) {
            into.append((char) in.read());
        }
    }

    private static String line(BufferedReader in) throws IOException {
        var line = new StringBuilder();
        for (var c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed after " + line);
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /// Waits for what another thread does.
    private static final class Eventually {
        interface Ask {
            String ask() throws IOException;
        }

        static String answered(Ask ask) throws IOException {
            var answer = ask.ask();
            for (var i = 0; i < 1000 && answer.contains("busy"); i++) {
                answer = ask.ask();
            }
            return answer;
        }
    }
}
