package dev.outrigger.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadTest {
    @Test
    void aRequestIsRead() throws BadRequestException {
        var head = Head.parse("GET /healthz/wait?timeout=5s&x=a%20b HTTP/1.1\r\nHost: a\r\nAccept: application/json");

        assertThat(head.path()).isEqualTo("/healthz/wait");
        assertThat(head.parameters()).containsEntry("timeout", "5s").containsEntry("x", "a b");
        assertThat(head.wantsJson()).isTrue();
        assertThat(head.keepAlive()).isTrue();
    }

    @Test
    void connectionsAreKeptAsTheVersionAndTheHeaderSay() throws BadRequestException {
        assertThat(Head.parse("GET / HTTP/1.0").keepAlive()).isFalse();
        assertThat(Head.parse("GET / HTTP/1.0\r\nConnection: Keep-Alive").keepAlive())
                .isTrue();
        assertThat(Head.parse("GET / HTTP/1.1\r\nConnection: x, close").keepAlive())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET",
                "GET /",
                "GET / HTTP/2.0",
                "GET  / HTTP/1.1",
                "GET x HTTP/1.1",
                "GET /\u0001 HTTP/1.1",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
                "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
                "GET / HTTP/1.1\r\nContent-Length: -1",
                "GET / HTTP/1.1\r\nContent-Length: 99999",
                "GET / HTTP/1.1\r\nTransfer-Encoding: chunked",
                "GET / HTTP/1.1\r\n folded",
                "GET / HTTP/1.1\r\nName : value",
                "GET / HTTP/1.1\r\nName: va\nlue",
                "GET / HTTP/1.1\r\nno colon"
            })
    void whatCouldBeReadInTwoWaysIsRefused(String text) {
        assertThatThrownBy(() -> Head.parse(text)).isInstanceOf(BadRequestException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverComesIsARequestOrRefused(long seed) {
        var random = new Random(seed);
        var start = "GET /stats/prometheus HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nContent-Length: 0";
        for (var i = 0; i < 5_000; i++) {
            var text = new StringBuilder(start);
            for (var change = 0; change <= random.nextInt(4); change++) {
                text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(256));
            }
            try {
                var head = Head.parse(text.toString());
                assertThat(head.path()).startsWith("/");
                assertThat(head.bodyBytes()).isBetween(0, 8192);
            } catch (BadRequestException e) {
                assertThat(e.status()).isBetween(400, 505);
            }
        }
    }
}
