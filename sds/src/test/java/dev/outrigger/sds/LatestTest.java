package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LatestTest {
    private final Latest<String> latest = new Latest<>();

    @Test
    void aLateSubscriberHearsTheCurrentValueThenEachLaterOneOnce() {
        latest.publish("first");
        latest.publish("second");
        var heard = new ArrayList<String>();

        try (var _ = latest.onChange(heard::add)) {
            latest.publish("third");
            latest.publish("third");
        }
        latest.publish("after the end");

        assertThat(heard).containsExactly("second", "third");
        assertThat(latest.get()).contains("after the end");
    }

    @Test
    void nothingIsHeardBeforeTheFirstValue() {
        var heard = new ArrayList<String>();

        try (var _ = latest.onChange(heard::add)) {
            assertThat(latest.get()).isEmpty();
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void whatIsTakenBackIsGoneAndToldOnce() {
        var heard = new ArrayList<String>();
        latest.publish("a");

        try (var _ = latest.onChange(heard::add, () -> heard.add("withdrawn"));
                var _ = latest.onChange(value -> heard.add("other " + value))) {
            latest.withdraw();
            latest.withdraw();
            assertThat(latest.get()).isEmpty();
            latest.publish("a");
        }

        assertThat(heard).containsExactly("a", "other a", "withdrawn", "a", "other a");
    }

    @Test
    void aListenerThatThrowsIsLoggedAndHearsTheNextOne() {
        var heard = new ArrayList<String>();
        try (var log = new TestLog(Latest.class.getName());
                var _ = latest.onChange(value -> {
                    heard.add(value);
                    throw new IllegalArgumentException("bug");
                });
                var _ = latest.onChange(heard::add)) {
            latest.publish("a");
            latest.publish("b");

            assertThat(log.lines()).hasSize(2).allMatch(line -> line.contains("bug"));
        }
        assertThat(heard).containsExactly("a", "a", "b", "b");
    }

    @Test
    void aListenerThatPublishesHearsItAfterwards() {
        var heard = new ArrayList<String>();
        try (var _ = latest.onChange(value -> {
            heard.add(value);
            if (value.equals("question")) {
                latest.publish("answer");
                heard.add("end of question");
            }
        })) {
            latest.publish("question");
        }

        assertThat(heard).containsExactly("question", "end of question", "answer");
    }

    @Test
    void underABurstCallsNeverOverlapAndTheNewestIsHeard() throws Exception {
        var numbers = new Latest<Integer>();
        var inside = new AtomicInteger();
        var overlaps = new AtomicInteger();
        var last = new AtomicReference<>(0);
        var done = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var _ = numbers.onChange(value -> {
                    overlaps.addAndGet(inside.getAndIncrement());
                    assertThat(value).isGreaterThan(last.getAndSet(value));
                    inside.decrementAndGet();
                    if (value == 20_000) {
                        done.countDown();
                    }
                })) {
            threads.execute(() -> {
                for (var i = 1; i <= 20_000; i++) {
                    numbers.publish(i);
                }
            });
            threads.execute(() -> {
                for (var i = 0; i < 500; i++) {
                    numbers.onChange(_ -> {}).close();
                }
            });

            assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(overlaps).hasValue(0);
        assertThat(last).hasValue(20_000);
    }
}
