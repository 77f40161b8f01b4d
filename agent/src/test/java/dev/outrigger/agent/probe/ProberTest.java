package dev.outrigger.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.outrigger.testkit.RawMethod;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProberTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Prober prober = new Prober(loops);
    private HttpServer application;

    @BeforeEach
    void serve() throws IOException {
        application = HttpServer.create(loopback(), 0);
        application.createContext("/", ProberTest::answer);
        application.start();
    }

    @AfterEach
    void stop() {
        application.stop(0);
        var _ = loops.shutdownGracefully();
    }

    /// `/status/N`, `/to?where` redirects, anything else tells what came.
    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            var body = ("from " + exchange.getRemoteAddress().getAddress().getHostAddress() + " headers "
                            + exchange.getRequestHeaders().entrySet())
                    .getBytes(StandardCharsets.UTF_8);
            if (path.equals("/to")) {
                exchange.getResponseHeaders()
                        .set("Location", exchange.getRequestURI().getRawQuery());
            }
            var status =
                    path.equals("/to") ? 302 : path.startsWith("/status/") ? Integer.parseInt(path.substring(8)) : 200;
            exchange.sendResponseHeaders(status, path.equals("/chunks") ? 0 : path.equals("/to") ? -1 : body.length);
            if (!path.equals("/to")) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Test
    void headersOfThePlatformArePassedOnAndTheHostGetsThePortOfTheApplication() {
        var result = get("/", Map.of("host", "10.1.2.3:15020", "x-probe", "1", "connection", "keep-alive"));

        assertThat(result.isWell()).isTrue();
        assertThat(result.body())
                .contains("X-probe=[1]")
                .contains("Host=[10.1.2.3:" + application.getAddress().getPort() + "]")
                .contains("Connection=[close]")
                .startsWith("from 127.0.0.6 ");
    }

    @Test
    void statusesAreToldAsTheyAre() {
        assertThat(get("/status/204", Map.of()).isWell()).isTrue();
        assertThat(get("/status/404", Map.of()).status()).isEqualTo(404);
        assertThat(get("/status/503", Map.of()).isWell()).isFalse();
        assertThat(get("/chunks", Map.of()).body()).contains("headers");
    }

    @Test
    void redirectsToTheSameHostAreFollowedAndToOthersCountAsWell() {
        assertThat(get("/to?/status/503", Map.of()).status()).isEqualTo(503);
        assertThat(get("/to?http://elsewhere.invalid/", Map.of()))
                .isEqualTo(ProbeResult.well("redirected to http://elsewhere.invalid/, which is not followed\n"));
        assertThat(get("/to?/to?/x", Map.of()).isWell()).isTrue();
    }

    @Test
    void anAnswerThatTricklesIsGivenUpInTime() throws IOException {
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var trickle = Thread.ofVirtual().start(() -> {
                try (var client = server.accept()) {
                    for (var c = 'a'; !Thread.currentThread().isInterrupted(); c++) {
                        client.getOutputStream().write(c);
                        new java.util.concurrent.CountDownLatch(1)
                                .await(50, java.util.concurrent.TimeUnit.MILLISECONDS);
                    }
                } catch (IOException | InterruptedException e) {
                    // it was given up
                }
            });
            var probe =
                    new Probe.Http("http", "127.0.0.1", server.getLocalPort(), "/", Map.of(), Duration.ofMillis(300));

            assertThat(prober.run(probe, Map.of()).body()).contains("no answer within 300 ms");
            trickle.interrupt();
        }
    }

    @Test
    void aPortThatNobodyListensOnSaysSo() throws IOException {
        int port;
        try (var free = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
            assertThat(prober.run(new Probe.Tcp("127.0.0.1", port, LIMIT), Map.of())
                            .isWell())
                    .isTrue();
        }
        assertThat(prober.run(new Probe.Tcp("127.0.0.1", port, LIMIT), Map.of()).body())
                .startsWith("TCP 127.0.0.1:" + port)
                .contains("refused");
        assertThat(prober.run(new Probe.Grpc("127.0.0.1", port, "", LIMIT), Map.of())
                        .body())
                .contains("refused");
    }

    @Test
    void aGrpcServerTellsWhetherItServes() throws IOException {
        var status = new byte[][] {{8, 1}};
        var server = NettyServerBuilder.forAddress(loopback())
                .addService(ServerServiceDefinition.builder("grpc.health.v1.Health")
                        .addMethod(
                                RawMethod.bidirectional("grpc.health.v1.Health/Check"),
                                ServerCalls.asyncBidiStreamingCall(back -> check(back, status)))
                        .build())
                .build()
                .start();
        try {
            var probe = new Probe.Grpc("127.0.0.1", server.getPort(), "shop", LIMIT);

            assertThat(prober.run(probe, Map.of())).isEqualTo(ProbeResult.well(""));

            status[0] = new byte[] {8, 2};
            assertThat(prober.run(probe, Map.of()).body()).contains("health status NOT_SERVING");

            status[0] = new byte[0];
            assertThat(prober.run(probe, Map.of()).body()).contains("health status UNKNOWN");
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void aCommandTellsByItsStatusAndIsKilledInTime() {
        assertThat(prober.run(new Probe.Exec(List.of("true"), LIMIT), Map.of()).isWell())
                .isTrue();
        assertThat(prober.run(new Probe.Exec(List.of("false"), LIMIT), Map.of()).body())
                .contains("command false: exit status 1");
        assertThat(prober.run(new Probe.Exec(List.of("sleep", "60"), Duration.ofMillis(100)), Map.of())
                        .body())
                .contains("still runs after 100 ms");
        assertThat(prober.run(new Probe.Exec(List.of("/no/such/command"), LIMIT), Map.of())
                        .isWell())
                .isFalse();
    }

    private static StreamObserver<byte[]> check(StreamObserver<byte[]> back, byte[][] status) {
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] request) {
                assertThat(request).isEqualTo(new byte[] {10, 4, 's', 'h', 'o', 'p'});
                back.onNext(status[0]);
                back.onCompleted();
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {}
        };
    }

    private ProbeResult get(String path, Map<String, String> headers) {
        var port = application.getAddress().getPort();
        return prober.run(new Probe.Http("http", "127.0.0.1", port, path, Map.of(), LIMIT), headers);
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
