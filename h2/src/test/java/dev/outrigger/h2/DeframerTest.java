package dev.outrigger.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeframerTest {
    private static final int LARGE = RawMessage.SMALL + 1;
    private static final int MOST = 1 << 20;

    static Stream<List<Integer>> cuts() {
        return IntStream.rangeClosed(1, 8)
                .boxed()
                .flatMap(one -> IntStream.rangeClosed(one, 8).mapToObj(other -> List.of(one, other)));
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void aMessageMayBeCutAnywhereAboutItsPrefix(List<Integer> cuts) throws H2Exception {
        for (var length : List.of(0, 1, 3, LARGE)) {
            check(List.of(length, length), cuts, new Random(length));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void messagesMayBeCutAnywhere(long seed) throws H2Exception {
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            var lengths =
                    random.ints(1 + random.nextInt(6), 0, 2 * LARGE).boxed().toList();
            var starts = new ArrayList<Integer>(List.of(0));
            lengths.forEach(length -> starts.add(starts.getLast() + RawMessage.PREFIX + length));
            var anywhere = random.ints(random.nextInt(10), 1, starts.getLast());
            var nearStarts = random.ints(random.nextInt(20), 0, lengths.size())
                    .map(start -> starts.get(start) + 1 + random.nextInt(RawMessage.PREFIX));
            var cuts = IntStream.concat(anywhere, nearStarts).boxed().toList();
            check(lengths, cuts, random);
        }
    }

    /// @param cuts positions in all that is sent at which another part begins
    private static void check(List<Integer> lengths, List<Integer> cuts, Random random) throws H2Exception {
        var messages = lengths.stream()
                .map(length -> {
                    var bytes = new byte[length];
                    random.nextBytes(bytes);
                    return bytes;
                })
                .toList();
        var sent = ByteBuffer.allocate(
                lengths.stream().mapToInt(length -> RawMessage.PREFIX + length).sum());
        messages.forEach(bytes -> sent.put((byte) 0).putInt(bytes.length).put(bytes));

        var deframer = new Deframer(MOST);
        var ends = new TreeSet<>(cuts);
        ends.add(sent.capacity());
        ends.removeIf(end -> end > sent.capacity());
        int from = 0;
        for (int end : ends) {
            var part = Unpooled.wrappedBuffer(Arrays.copyOfRange(sent.array(), from, end));
            deframer.add(part, 0, end - from, false, 0);
            part.release();
            from = end;
        }

        assertThat(deframer.isAtBoundary()).isTrue();
        for (var bytes : messages) {
            var message = deframer.poll();
            assertThat(message).as("a message, cut at %s", ends).isNotNull();
            if (message != null) {
                assertThat(message.toBytes()).isEqualTo(bytes);
                message.release();
            }
        }
    }
}
