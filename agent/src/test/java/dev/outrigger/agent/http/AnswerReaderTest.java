package dev.outrigger.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {
    private static final String CHUNKED = String.join(
            "\r\n",
            "HTTP/1.1 503 Service Unavailable",
            "Transfer-Encoding: chunked",
            "",
            "5",
            "LIVE\n",
            "A;why=not",
            "0123456789",
            "0",
            "",
            "");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nbodyrest | 200 | body",
                "HTTP/1.1 200 OK\\r\\ncontent-length:0\\r\\n\\r\\nrest | 200 | ''",
                "HTTP/1.0 404 Not Found\\n\\nuntil it closes | 404 | until it closes",
                "HTTP/1.1 204 No Content\\r\\n\\r\\n | 204 | ''",
                "HTTP/1.1 100 Continue\\r\\nA: b\\r\\n\\r\\nHTTP/1.1 201 Created\\r\\n\\r\\nx | 201 | x",
            })
    void answersOfAllFormsAreRead(String text, int status, String body) throws IOException {
        assertThat(read(text.translateEscapes())).isEqualTo(new LocalHttp.Answer(status, body));
    }

    @Test
    void chunksAreJoined() throws IOException {
        assertThat(read(CHUNKED)).isEqualTo(new LocalHttp.Answer(503, "LIVE\n0123456789"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nbody",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nLIVE\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nLIVE\r\n0\r\n\r\n",
            })
    void whatIsNoWholeAnswerIsRefused(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
    }

    @Test
    void aHeadThatDoesNotEndIsRefused() {
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(20_000)))
                .hasMessageContaining("longer than 65536 bytes");
    }

    @Test
    void whatIsBeyondTheLimitIsLeftOut() throws IOException {
        for (var text : new String[] {
            CHUNKED, "HTTP/1.1 200 OK\r\n\r\nLIVE\n0123", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nLIVE\n0123"
        }) {
            assertThat(read(text, 7).body()).isEqualTo("LIVE\n01");
        }
    }

    @Test
    void whatIsBeyondTheLimitInAChunkIsNotTakenForTheNextOne() throws IOException {
        var text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nE\r\n{\"stats\": [{}]}\r\n0\r\n\r\n";

        assertThat(read(text, 9).body()).isEqualTo("{\"stats\":");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void damageEndsInAnAnswerOrAnIoException(long seed) {
        var random = new SplittableRandom(seed);
        for (var round = 0; round < 2_000; round++) {
            var bytes = CHUNKED.getBytes(StandardCharsets.ISO_8859_1);
            for (var hit = 0; hit < 3; hit++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                new AnswerReader(new ByteArrayInputStream(bytes, 0, random.nextInt(bytes.length) + 1), 1000).read();
            } catch (IOException _) {
                // as documented
            }
        }
    }

    private static LocalHttp.Answer read(String text) throws IOException {
        return read(text, 1000);
    }

    private static LocalHttp.Answer read(String text, int most) throws IOException {
        return new AnswerReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)), most).read();
    }
}
