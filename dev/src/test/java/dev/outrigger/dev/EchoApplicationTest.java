package dev.outrigger.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EchoApplicationTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private final InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-01T00:00:00Z"));
    private final HttpClient http = HttpClient.newHttpClient();
    private EchoApplication application;

    @BeforeEach
    void start() throws IOException {
        application = EchoApplication.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), clock);
    }

    @AfterEach
    void stop() {
        application.close();
        http.close();
    }

    @Test
    void itAnswersWithWhatItWasAsked() throws Exception {
        var answer = send(request("/a?b=c").header("X-Forwarded-Client-Cert", "URI=spiffe://dev.outrigger/hello"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("GET /a?b=c\n")
                .contains("x-forwarded-client-cert: URI=spiffe://dev.outrigger/hello\n")
                .contains("time: 2026-11-01T00:00:00Z\n");
    }

    @Test
    void itAnswersAnyStatus() throws Exception {
        for (int status : new int[] {204, 304, 404, 503}) {
            assertThat(send(request("/status/" + status)).statusCode()).isEqualTo(status);
        }
        assertThat(send(request("/status/700")).statusCode()).isEqualTo(200);
    }

    @Test
    void aSlowAnswerTakesItsTime() throws Exception {
        long before = System.nanoTime();

        var answer = send(request("/slow?ms=150"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(150));
    }

    @Test
    void closingDoesNotWaitForASlowAnswer() throws Exception {
        var answer = http.sendAsync(request("/slow?ms=9999").build(), HttpResponse.BodyHandlers.ofString());
        send(request("/"));

        application.close();

        assertThat(answer.handle((_, error) -> error).get(5, java.util.concurrent.TimeUnit.SECONDS))
                .isNotNull();
    }

    @Test
    void itCountsWhatItAnswered() throws Exception {
        send(request("/"));
        send(request("/status/503"));

        var metrics = send(request("/metrics"));

        assertThat(metrics.headers().firstValue("content-type"))
                .hasValueSatisfying(t -> assertThat(t).startsWith("text/plain; version=0.0.4"));
        assertThat(metrics.body()).contains("hello_requests_total{status=\"5xx\"} 1\n");
        assertThat(metrics.body()).contains("# TYPE hello_requests_total counter\n");
    }

    @Test
    void aHeadRequestHasNoBody() throws Exception {
        assertThat(send(request("/").method("HEAD", HttpRequest.BodyPublishers.noBody()))
                        .body())
                .isEmpty();
    }

    @Test
    void aBusyPortIsToldWithTheWayOut() {
        assertThatThrownBy(() -> EchoApplication.start(application.address(), clock))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen on")
                .hasMessageContaining("application.address");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + application.address().getPort() + path))
                .timeout(LIMIT);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
