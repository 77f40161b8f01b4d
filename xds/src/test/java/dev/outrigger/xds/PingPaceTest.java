package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PingPaceTest {
    private static final String COMPLAINT =
            "UNAVAILABLE: Connection closed after GOAWAY. HTTP/2 error code: ENHANCE_YOUR_CALM, debug data: too_many_pings";

    private final PingPace pace = new PingPace(Duration.ofSeconds(30));

    @Test
    void aComplaintDoublesTheInterval() {
        assertThat(pace.lost(COMPLAINT, 1)).isTrue();

        assertThat(pace.every()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void theStreamsOfOneConnectionCountOnce() {
        pace.lost(COMPLAINT, 1);

        assertThat(pace.lost(COMPLAINT, 1)).isFalse();
        assertThat(pace.every()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void anyOtherLossChangesNothing() {
        assertThat(pace.lost("UNAVAILABLE: connection refused", 1)).isFalse();
        assertThat(pace.every()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void theIntervalHasALimit() {
        for (int connection = 0; connection < 20; connection++) {
            pace.lost(COMPLAINT, connection);
        }

        assertThat(pace.every()).isEqualTo(Duration.ofMinutes(10));
    }
}
