package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {
    @Test
    void whatIsReservedIsThereWhoeverTakesTheRest() throws Exception {
        var budget = new Budget(1000, 100);
        var good = budget.reserve(List.of(50), 1).getFirst();
        var hog = budget.lease();

        hog.take(1000);

        assertThatThrownBy(() -> hog.take(1)).hasMessageContaining("no memory left");
        assertThatCode(() -> good.take(50)).doesNotThrowAnyException();
        assertThatCode(() -> budget.reserve(List.of(50), 1).getFirst().take(50)).doesNotThrowAnyException();
    }

    @Test
    void aReservationWaitsForWhatOthersGiveBack() throws Exception {
        var budget = new Budget(0, 1000);
        var first = budget.reserve(List.of(500), 1).getFirst();
        var second = budget.reserve(List.of(500), 1).getFirst();
        Thread.ofVirtual().start(first::close);

        var third = budget.reserve(List.of(500), 10_000).getFirst();

        assertThatCode(() -> third.take(500)).doesNotThrowAnyException();
        second.close();
    }

    @Test
    void aReservationThatIsNotGrantedInTimeTakesWhatIsThere() throws Exception {
        var budget = new Budget(100, 100);
        budget.reserve(List.of(100), 1);
        budget.lease().take(50);

        var late = budget.reserve(List.of(50, 50), 1);
        late.getFirst().take(50);

        assertThatThrownBy(() -> late.getLast().take(1)).hasMessageContaining("no memory left");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void allComesBack(long seed) throws Exception {
        var random = new Random(seed);
        var budget = new Budget(10_000, 2_000);
        for (var i = 0; i < 200; i++) {
            for (var lease : budget.reserve(List.of(random.nextInt(3000), random.nextInt(3000)), 1)) {
                try (lease) {
                    walk(lease, random);
                }
            }
        }

        var whole = budget.lease();
        assertThatCode(() -> whole.take(10_000)).doesNotThrowAnyException();
        assertThat(budget.reserve(List.of(2_000), 1).getFirst().most()).isZero();
    }

    private static void walk(Budget.Lease lease, Random random) {
        var held = 0;
        for (var step = 0; step < 20; step++) {
            var bytes = random.nextInt(2000);
            if (random.nextBoolean()) {
                try {
                    lease.take(bytes);
                    held += bytes;
                } catch (SourceException e) {
                    assertThat(held + bytes).isGreaterThan(7_000);
                }
            } else {
                bytes = Math.min(held, bytes);
                lease.give(bytes);
                held -= bytes;
            }
        }
    }
}
