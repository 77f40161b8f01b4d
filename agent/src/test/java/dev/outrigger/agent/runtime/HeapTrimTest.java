package dev.outrigger.agent.runtime;

import static dev.outrigger.agent.runtime.HeapTrim.LEAST;
import static dev.outrigger.agent.runtime.HeapTrim.SETTLED;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HeapTrimTest {
    private static final long MB = 1 << 20;

    private final FakeHeap heap = new FakeHeap();
    private final HeapTrim trim = new HeapTrim(heap, () -> heap.now);

    /// `live` cannot be collected, `garbage` can; a collection takes 20 ms.
    private static final class FakeHeap implements HeapTrim.Heap {
        private Instant now = Instant.EPOCH;
        private long live = 6 * MB;
        private long garbage = 3 * MB;
        private int collections;

        @Override
        public long used() {
            return live + garbage;
        }

        @Override
        public void collect() {
            garbage = 0;
            collections++;
            pass(Duration.ofMillis(20));
        }

        void pass(Duration time) {
            now = now.plus(time);
        }
    }

    @Test
    void whatTheStartLeftIsCollectedOnceItIsOver() {
        trim.look();
        assertThat(heap.collections).isZero();

        heap.pass(SETTLED);
        trim.look();

        assertThat(heap.collections).isOne();
        assertThat(heap.used()).isEqualTo(6 * MB);
    }

    @Test
    void anAgentWithoutGarbageIsLeftAlone() {
        settle();

        for (int i = 0; i < 1000; i++) {
            heap.garbage = LEAST - 1;
            heap.pass(Duration.ofSeconds(1));
            trim.look();
        }

        assertThat(heap.collections).isOne();
    }

    @Test
    void garbageIsCollectedAsSoonAsItIsWorthIt() {
        settle();

        heap.pass(Duration.ofMinutes(1));
        heap.garbage = LEAST;
        trim.look();

        assertThat(heap.collections).isEqualTo(2);
    }

    @Test
    void besideMuchThatIsInUseMoreGarbageIsAllowed() {
        heap.live = 40 * MB;
        settle();

        heap.pass(Duration.ofMinutes(1));
        heap.garbage = 10 * MB - 1;
        trim.look();
        assertThat(heap.collections).isOne();

        heap.garbage = 10 * MB;
        trim.look();
        assertThat(heap.collections).isEqualTo(2);
    }

    @Test
    void howeverMuchIsAllocatedCollectingTakesAHundredthOfTheTimeAtMost() {
        var random = new SplittableRandom(1);
        settle();
        var begin = heap.now;
        var before = heap.collections;

        for (int i = 0; i < 10_000; i++) {
            heap.garbage += random.nextLong(10 * MB);
            heap.pass(Duration.ofMillis(random.nextLong(200)));
            trim.look();
        }

        var allowed = Duration.between(begin, heap.now).dividedBy(100).dividedBy(Duration.ofMillis(20));
        assertThat(heap.collections - before).isBetween(100, (int) allowed + 1);
    }

    private void settle() {
        heap.pass(SETTLED);
        trim.look();
    }
}
