package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.h2.RawMessage;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassingTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final int MEGABYTES = 4;

    private final Stream stream = new Stream();
    private final Passing passing = new Passing(Protocol.DELTA, stream);

    @Test
    void whatIsWholeIsReadStepByStepAndTakenInAWhileLater() {
        passing.begin(CDS);
        assertThat(passing.isUnderWay()).isTrue();

        passing.end(RawMessage.of(push(CDS)), NOW);

        assertThat(passing.isUnderWay()).isFalse();
        int steps = 0;
        while (stream.delays.getFirst().isZero()) {
            stream.runNext();
            steps++;
        }
        assertThat(steps).isBetween(MEGABYTES, MEGABYTES + 1);
        assertThat(stream.heard).isEmpty();
        stream.runNext();
        assertThat(stream.heard).containsExactly("taken in n 4000 at " + NOW);
        assertThat(stream.delays).isEmpty();
    }

    @Test
    void whoNeedsItHasItReadAtOnceAndOnce() {
        passing.begin(CDS);
        passing.end(RawMessage.of(push(CDS)), NOW);
        stream.runNext();

        passing.settle();
        passing.settle();
        stream.runNext();

        assertThat(stream.heard).containsExactly("taken in n 4000 at " + NOW);
        assertThat(stream.delays).isEmpty();
    }

    @Test
    void itsAnswerIsKnownByTheTypeUntilItIsTakenIn() throws Exception {
        var answer = answer(CDS);
        passing.begin(CDS);
        assertThat(passing.mayAnswer(answer)).isFalse();
        passing.end(RawMessage.of(push(CDS)), NOW);

        assertThat(passing.mayAnswer(answer)).isTrue();
        assertThat(passing.mayAnswer(answer(EDS))).isFalse();
        assertThat(passing.mayAnswer(
                        Request.read(Protocol.DELTA, Messages.delta(CDS).build().toByteArray())))
                .isFalse();
        passing.settle();
        assertThat(passing.mayAnswer(answer)).isFalse();
    }

    @Test
    void nothingFollowsWhatCannotBeRead() {
        var whole = push(CDS);
        for (int length : List.of(whole.length - 1, whole.length / 2 + 1)) {
            for (boolean isWaited : List.of(true, false)) {
                var its = new Stream();
                var one = new Passing(Protocol.DELTA, its);
                one.begin(CDS);
                one.end(RawMessage.of(Arrays.copyOf(whole, length)), NOW);
                if (!isWaited) {
                    one.settle();
                }
                its.runAll();
                one.settle();

                assertThat(its.heard).hasSize(1).allMatch(it -> it.contains("runs past the end of its message"));
                assertThat(one.isUnderWay()).isTrue();
            }
        }
    }

    @Test
    void aPushIsOfTheTypeThatItsBeginningWasOf() {
        passing.begin(CDS);
        passing.end(RawMessage.of(push(EDS)), NOW);

        stream.runAll();

        assertThat(stream.heard).containsExactly("resources of type " + CDS + " in a push of type " + EDS);
        assertThat(passing.isUnderWay()).isTrue();
    }

    private static Request answer(String typeUrl) throws ProtocolException {
        return Request.read(
                Protocol.DELTA,
                Messages.delta(typeUrl).setResponseNonce("n").build().toByteArray());
    }

    private static byte[] push(String typeUrl) {
        var push = new Writer();
        for (int i = 0; i < MEGABYTES * 1000; i++) {
            push.message(2, new Writer().string(1, "v").bytes(2, new byte[1024]).string(3, "resource-" + i));
        }
        return push.string(4, typeUrl).string(5, "n").toBytes();
    }

    /// Writes down what it hears; what is to be done later waits to be run.
    private static final class Stream implements Passing.Owner {
        private final List<String> heard = new ArrayList<>();
        private final Deque<Duration> delays = new ArrayDeque<>();
        private final Deque<Runnable> actions = new ArrayDeque<>();

        void runNext() {
            delays.removeFirst();
            actions.removeFirst().run();
        }

        void runAll() {
            while (!actions.isEmpty()) {
                runNext();
            }
        }

        @Override
        public void takeIn(Push push, Instant at) {
            heard.add("taken in " + push.nonce() + " " + push.count() + " at " + at);
        }

        @Override
        public void unreadable(ProtocolException why) {
            heard.add(String.valueOf(why.getMessage()));
        }

        @Override
        public void after(Duration delay, Runnable action) {
            delays.addLast(delay);
            actions.addLast(action);
        }
    }
}
