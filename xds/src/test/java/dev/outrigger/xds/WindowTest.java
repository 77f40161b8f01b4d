package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.h2.RawMessage;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A walk with a window over the message sees what a walk over the whole of it sees.
class WindowTest {
    private static final int[] SIZES = {1, 100, 700, 9_000, 20_000, 70_000};

    private Random random = new Random();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void bothWalksSeeTheSame(long seed) throws ProtocolException {
        random = new Random(seed);
        for (int run = 0; run < 300; run++) {
            var message = message(3);
            walk(new Fields(message), new Fields(RawMessage.of(message)), false);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {5, 6})
    void bothRefuseTheSame(long seed) {
        random = new Random(seed);
        for (int run = 0; run < 300; run++) {
            var message = message(2);
            for (int damage = 0; damage <= run % 4; damage++) {
                message[random.nextInt(message.length)] = (byte) random.nextInt();
            }
            int choices = random.nextInt();
            assertThat(outcome(new Fields(RawMessage.of(message)), new Random(choices)))
                    .isEqualTo(outcome(new Fields(message), new Random(choices)));
        }
    }

    private byte[] message(int depth) {
        var writer = new Writer();
        for (int field = random.nextInt(12) + 1; field > 0; field--) {
            int number = random.nextInt(40) + 1;
            if (depth > 0 && random.nextBoolean()) {
                writer.bytes(number, message(depth - 1));
            } else if (random.nextInt(4) == 0) {
                writer.number(number, random.nextLong());
            } else {
                var value = new byte[random.nextInt(SIZES[random.nextInt(SIZES.length)])];
                random.nextBytes(value);
                writer.bytes(number, value);
            }
        }
        return writer.toBytes();
    }

    private void walk(Fields whole, Fields window, boolean summing) throws ProtocolException {
        while (next(whole, window)) {
            assertThat(window.number()).isEqualTo(whole.number());
            assertThat(window.number64()).isEqualTo(whole.number64());
            assertThat(window.start()).isEqualTo(whole.start());
            assertThat(window.end()).isEqualTo(whole.end());
            assertThat(window.size()).isEqualTo(whole.size());
            if (whole.isBytes()) {
                look(whole, window, summing);
            }
        }
    }

    private static boolean next(Fields whole, Fields window) throws ProtocolException {
        boolean there;
        try {
            there = whole.next();
        } catch (ProtocolException e) {
            assertThatThrownBy(window::next).hasMessage(e.getMessage());
            throw e;
        }
        assertThat(window.next()).isEqualTo(there);
        return there;
    }

    private void look(Fields whole, Fields window, boolean summing) throws ProtocolException {
        switch (random.nextInt(7)) {
            case 0 -> assertThat(window.string()).isEqualTo(whole.string());
            case 1 -> assertThat(window.bytes()).isEqualTo(whole.bytes());
            case 2 -> assertThat(window.is(whole.bytes())).isTrue();
            case 3 -> enter(whole, window, summing);
            case 4, 5 -> {
                if (summing) {
                    enter(whole, window, true);
                } else {
                    sum(whole, window);
                }
            }
            default -> {} // passed
        }
    }

    private void enter(Fields whole, Fields window, boolean summing) throws ProtocolException {
        int entered = whole.enter();
        assertThat(window.enter()).isEqualTo(entered);
        walkSome(whole, window, summing);
        whole.leave(entered);
        window.leave(entered);
    }

    private void sum(Fields whole, Fields window) throws ProtocolException {
        var expected = new CRC32();
        var sum = new CRC32();
        int entered = whole.enter(expected);
        assertThat(window.enter(sum)).isEqualTo(entered);
        walkSome(whole, window, true);
        whole.leave(entered);
        window.leave(entered);
        assertThat(sum.getValue()).isEqualTo(expected.getValue());
    }

    private void walkSome(Fields whole, Fields window, boolean summing) {
        if (random.nextInt(3) == 0) {
            return;
        }
        try {
            walk(whole, window, summing);
        } catch (ProtocolException e) {
            // no message: both walks say so
        }
    }

    /// All that one walk tells, up to where it is refused.
    private static String outcome(Fields fields, Random choices) {
        var told = new StringBuilder();
        try {
            while (fields.next()) {
                told.append(fields.number()).append(' ').append(fields.end()).append(' ');
                if (choices.nextInt(3) == 0) {
                    told.append(new String(fields.bytes(), StandardCharsets.ISO_8859_1).hashCode());
                }
            }
        } catch (ProtocolException e) {
            told.append(e.getMessage());
        }
        return told.toString();
    }
}
