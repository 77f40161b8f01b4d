package dev.outrigger.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallerTest {
    private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);

    @ParameterizedTest
    @ValueSource(strings = {"localhost:15020", "127.0.0.1:15020", "127.9.9.9", "[::1]:15020", "LOCALHOST"})
    void aProcessOfThisMachineMay(String host) throws BadRequestException {
        assertThat(Caller.refusal(LOOPBACK, head("Host: " + host))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: localhost.evil.example",
                "Host: 127.0.0.1.evil.example:15020",
                "X-Forwarded-For: 127.0.0.1",
                "Forwarded: for=127.0.0.1",
                "Via: 1.1 proxy",
                "Origin: http://evil.example",
                "Origin: null",
                "Sec-Fetch-Site: cross-site"
            })
    void proxiesAndWebPagesMayNot(String header) throws BadRequestException {
        assertThat(Caller.refusal(LOOPBACK, head(header))).isPresent();
    }

    @Test
    void headersMakeNobodyLocal() throws BadRequestException, UnknownHostException {
        var peer = new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 40_000);

        assertThat(Caller.refusal(peer, head("Host: localhost"))).contains("only from this machine's loopback");
        assertThat(Caller.refusal(peer, head("X-Forwarded-For: 127.0.0.1"))).isPresent();
    }

    private static Head head(String header) throws BadRequestException {
        return Head.parse("POST /drain HTTP/1.1\r\n" + header);
    }
}
