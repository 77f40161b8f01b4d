package dev.outrigger.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class HealthBoardTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final HealthBoard board = new HealthBoard(now::get);

    @Test
    void anUnmetGatingConditionBlocksAndSaysWhy() {
        var dns = board.condition("dns", Gate.READINESS, "waiting for the first name table");

        assertThat(board.readiness().ready()).isFalse();
        assertThat(board.readiness().blockers())
                .extracting(ConditionState::reason)
                .containsExactly("waiting for the first name table");

        dns.met("12 names");

        assertThat(board.readiness().ready()).isTrue();
    }

    @Test
    void anUnmetInformationIsShownAndBlocksNothing() {
        board.condition("xds", Gate.INFORMATION, "control plane is away");

        assertThat(board.readiness().ready()).isTrue();
        assertThat(board.readiness().conditions()).hasSize(1);
    }

    @Test
    void aNewReasonDoesNotMoveSince() {
        var xds = board.condition("xds", Gate.READINESS, "connecting");
        now.set(Instant.EPOCH.plusSeconds(5));

        xds.unmet("refused");
        assertThat(xds.state().since()).isEqualTo(Instant.EPOCH);

        xds.met("connected");
        assertThat(xds.state().since()).isEqualTo(Instant.EPOCH.plusSeconds(5));
    }

    @Test
    void aNameIsRegisteredOnce() {
        board.condition("dns", Gate.READINESS, "starting");

        assertThatIllegalStateException().isThrownBy(() -> board.condition("dns", Gate.READINESS, "starting"));
    }
}
