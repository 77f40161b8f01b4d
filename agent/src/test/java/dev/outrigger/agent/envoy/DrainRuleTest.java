package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.envoy.DrainConfig.Listeners;
import dev.outrigger.agent.envoy.DrainRule.Demand;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DrainRuleTest {
    private static final EnvoyTraffic NONE = new EnvoyTraffic(0, 0, 10, 0, 10);
    private static final EnvoyTraffic REQUEST = new EnvoyTraffic(1, 0, 10, 0, 10);
    private static final EnvoyTraffic OUTBOUND = new EnvoyTraffic(0, 0, 10, 2, 10);
    private static final DrainConfig LIMITS = limits(0, 0, true);

    private final Instant start = Instant.EPOCH;

    @Test
    void withoutTrafficItEndsOnceItWasQuiet() {
        var rule = new DrainRule(LIMITS, start);

        assertThat(rule.look(NONE, at(0), Demand.QUIET)).isEmpty();
        assertThat(rule.look(NONE, at(499), Demand.QUIET)).isEmpty();
        assertThat(rule.look(NONE, at(500), Demand.QUIET)).contains("nothing is in flight");
    }

    @Test
    void aRequestThatCameAndWentBetweenTwoLooksIsNoQuiet() {
        var rule = new DrainRule(LIMITS, start);
        rule.look(NONE, at(0), Demand.QUIET);

        assertThat(rule.look(new EnvoyTraffic(0, 0, 11, 0, 10), at(600), Demand.QUIET))
                .isEmpty();
        assertThat(rule.look(new EnvoyTraffic(0, 0, 11, 0, 10), at(1100), Demand.QUIET))
                .isPresent();
    }

    @Test
    void itLastsAtLeastTheMinimum() {
        var rule = new DrainRule(limits(2_000, 0, true), start);

        assertThat(rule.look(NONE, at(1_999), Demand.QUIET)).isEmpty();
        assertThat(rule.look(NONE, at(2_000), Demand.QUIET)).isPresent();
    }

    @Test
    void theLimitEndsItAndTellsWhatIsLeft() {
        var rule = new DrainRule(LIMITS, start);

        assertThat(rule.look(new EnvoyTraffic(3, 1, 10, 2, 10), at(10_000), Demand.QUIET))
                .contains("limit reached with 3 requests and 1 TCP connections inbound and 2 requests outbound left");
    }

    @Test
    void theTargetMayBeLeftInFlight() {
        var rule = new DrainRule(limits(0, 1, true), start);

        assertThat(rule.look(REQUEST, at(500), Demand.QUIET))
                .contains("1 requests and 0 TCP connections are in flight, which drain-target allows");
    }

    @Test
    void requestsOutboundHoldTheEndUnlessTheyAreToBeIgnored() {
        assertThat(new DrainRule(LIMITS, start).look(OUTBOUND, at(5_000), Demand.QUIET))
                .isEmpty();
        assertThat(new DrainRule(limits(0, 0, false), start).look(OUTBOUND, at(5_000), Demand.QUIET))
                .isPresent();
    }

    @Test
    void whoeverDrainedBeforeWaitsOnlyForWhatIsInFlightInbound() {
        assertThat(new DrainRule(limits(5_000, 0, true), start).look(OUTBOUND, at(1), Demand.INBOUND_IDLE))
                .isPresent();
        assertThat(new DrainRule(LIMITS, start).look(REQUEST, at(1), Demand.INBOUND_IDLE))
                .isEmpty();
    }

    @Test
    void anEnvoyThatDoesNotTellIsNotWaitedForLong() {
        var rule = new DrainRule(LIMITS, start);
        rule.look(REQUEST, at(1_000), Demand.QUIET);

        assertThat(rule.blind("hung", at(5_999))).isEqualTo(Optional.empty());
        assertThat(rule.blind("hung", at(6_000)))
                .hasValueSatisfying(
                        line -> assertThat(line).contains("does not answer").endsWith("hung"));
    }

    private Instant at(long millis) {
        return start.plusMillis(millis);
    }

    private static DrainConfig limits(long min, int target, boolean awaitsOutbound) {
        return new DrainConfig(
                Duration.ofMillis(min),
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                target,
                Listeners.AUTO,
                awaitsOutbound);
    }
}
