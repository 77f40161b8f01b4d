package dev.outrigger.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalHttpTest {
    @Test
    void aRegularExpressionInTheQueryArrivesAsItWas() throws Exception {
        var query = "filter=^(a|b)\\.{1}[c]é$";
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var body = exchange.getRequestURI().getQuery().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            var answer = new LocalHttp(server.getAddress(), Duration.ofSeconds(10)).ask("GET", "/stats?" + query);

            assertThat(answer).isEqualTo(new LocalHttp.Answer(404, query));
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyPathMakesAUrlThatMeansTheSame(long seed) {
        var random = new SplittableRandom(seed);
        for (var round = 0; round < 2_000; round++) {
            var path = random.ints(8, 0, 0x2000)
                    .filter(c -> "%?#".indexOf(c) < 0)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();

            assertThat(URI.create("http://a/" + LocalHttp.quoted(path)).getPath())
                    .isEqualTo("/" + path);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0,127.0.0.1:80", "127.0.0.2,127.0.0.2:80", "::1,[0:0:0:0:0:0:0:1]:80"})
    void theWildcardAddressIsReachedOverLoopback(String ip, String authority) {
        assertThat(LocalHttp.authority(new InetSocketAddress(InetAddress.ofLiteral(ip), 80)))
                .isEqualTo(authority);
    }
}
