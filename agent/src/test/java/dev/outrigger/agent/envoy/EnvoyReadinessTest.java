package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvoyReadinessTest {
    @Test
    void theTargetsThatEnvoyWaitsForAreNamed() {
        var dump = """
                {"unready_targets_dumps": [
                 {"name": "init manager Server", "target_names": ["target Listener-init-target hello"]},
                 {"name": "init manager Cluster a", "target_names": ["target SdsApi default", "target SdsApi ROOTCA"]}]}""";

        assertThat(EnvoyReadiness.targets(dump))
                .isEqualTo("target Listener-init-target hello, target SdsApi default, target SdsApi ROOTCA");
        assertThat(EnvoyReadiness.targets("{}")).isEmpty();
    }

    @Test
    void onlySoManyAreNamed() {
        var dump = "{\"target_names\": [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\"]}";

        assertThat(EnvoyReadiness.targets(dump)).isEqualTo("1, 2, 3, 4, 5 and 2 more");
    }

    @ParameterizedTest
    @CsvSource({"-5000, 40", "0, 40", "39, 1", "40, 10", "3600000, 250"})
    void theLongerItTakesTheSeldomerItIsAsked(long sinceMillis, long pauseMillis) {
        assertThat(EnvoyReadiness.pause(Duration.ofMillis(sinceMillis))).hasMillis(pauseMillis);
    }
}
