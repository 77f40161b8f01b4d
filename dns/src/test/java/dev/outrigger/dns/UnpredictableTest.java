package dev.outrigger.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class UnpredictableTest {
    @Test
    void numbersDoNotRepeatWhenTheBytesAtHandRunOut() {
        var random = new Unpredictable();
        var longs = new HashSet<Long>();
        int high = 0;
        for (int i = 0; i < 10_000; i++) {
            longs.add(random.nextLong());
            high += random.nextInt(1 << 16) >= 1 << 15 ? 1 : 0;
        }

        assertThat(longs).hasSize(10_000);
        assertThat(high).isBetween(4500, 5500);
        assertThat(new Unpredictable().nextLong()).isNotEqualTo(new Unpredictable().nextLong());
    }
}
