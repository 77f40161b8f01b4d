package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void copyingEveryFieldGivesTheSameBytes(long seed) throws ProtocolException {
        var random = new Random(seed);
        for (int run = 0; run < 2000; run++) {
            var message = Messages.withUnknownFields(
                    Messages.sotw(Messages.CDS, "a", "", "c")
                            .setNode(Messages.NODE)
                            .build()
                            .toByteArray(),
                    random);
            var writer = new Writer();

            for (var fields = new Fields(message); fields.next(); ) {
                fields.copyTo(writer);
            }

            assertThat(writer.toBytes()).isEqualTo(message);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void randomBytesAreReadOrRefusedAndNothingElse(long seed) {
        var random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            var message = new byte[random.nextInt(40)];
            random.nextBytes(message);

            for (var protocol : Protocol.values()) {
                try {
                    var request = Request.read(protocol, message);
                    assertThat(request.raw()).isSameAs(message);
                    assertThat(Push.read(protocol, Message.of(message)).raw().toBytes())
                            .isSameAs(message);
                } catch (ProtocolException e) {
                    assertThat(e.getMessage()).isNotEmpty();
                }
            }
        }
    }

    @Test
    void aGroupIsSkippedAsAWhole() throws ProtocolException {
        byte[] message = {(7 << 3) | 3, (1 << 3), 5, (7 << 3) | 4, (1 << 3), 9};

        var fields = new Fields(message);

        assertThat(fields.next()).isTrue();
        assertThat(fields.number()).isEqualTo(7);
        assertThat(fields.next()).isTrue();
        assertThat(fields.number64()).isEqualTo(9);
        assertThat(fields.next()).isFalse();
    }

    @Test
    void aLengthBeyondTheMessageIsRefused() {
        byte[] message = {(1 << 3) | 2, 5, 'a'};

        assertThatThrownBy(() -> new Fields(message).next()).isInstanceOf(ProtocolException.class);
    }
}
