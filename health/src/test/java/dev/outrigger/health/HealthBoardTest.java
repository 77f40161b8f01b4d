package dev.outrigger.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
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

    @Test
    void rulesDecideWhichConditionsGate() {
        var ruled = new HealthBoard(now::get, new GateRules(Set.of("identity"), Set.of("lifecycle"), Map.of()));
        ruled.condition("envoy", Gate.READINESS, "starting");
        var identity = ruled.condition("identity", Gate.INFORMATION, "no certificate yet");
        var lifecycle = ruled.condition("lifecycle", Gate.READINESS, "starting");

        assertThat(ruled.readiness().blockers())
                .extracting(ConditionState::name)
                .containsExactly("identity", "lifecycle");

        identity.met("there");
        lifecycle.met("running");

        assertThat(ruled.readiness().ready()).isTrue();
    }

    @Test
    void aConditionWithPatienceBlocksOnlyOnceThatIsOver() {
        var rules = new GateRules(Set.of(), Set.of(), Map.of("xds", Duration.ofMinutes(5)));
        var patient = new HealthBoard(now::get, rules);
        var xds = patient.condition("xds", Gate.INFORMATION, "away");
        xds.met("connected");
        now.set(Instant.EPOCH.plusSeconds(100));
        xds.unmet("away");

        now.set(Instant.EPOCH.plusSeconds(399));
        assertThat(patient.readiness().ready()).isTrue();

        now.set(Instant.EPOCH.plusSeconds(400));
        assertThat(patient.readiness().blockers())
                .extracting(ConditionState::reason)
                .containsExactly("away");
    }

    @Test
    void listenersHearWhenAConditionTurnsAndNotWhenItOnlySaysMore() {
        var heard = new AtomicInteger();
        board.onChange(heard::incrementAndGet);
        var dns = board.condition("dns", Gate.READINESS, "waiting");

        dns.unmet("still waiting");
        assertThat(heard).hasValue(0);

        dns.met("12 names");
        dns.met("13 names");
        assertThat(heard).hasValue(1);
    }
}
