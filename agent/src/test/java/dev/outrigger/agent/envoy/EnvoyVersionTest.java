package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvoyVersionTest {
    @ParameterizedTest
    @CsvSource({
        "9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL, 1, 40",
        "abc/1.41.0-dev/Clean/RELEASE/BoringSSL, 1, 41",
        "abc/2.0.1/Modified/DEBUG/BoringSSL-FIPS, 2, 0",
        "nonsense, 1, 40"
    })
    void isReadFromTheServerInfo(String version, int major, int minor) {
        assertThat(EnvoyVersion.of("{\n \"version\": \"" + version + "\",\n \"state\": \"LIVE\"}"))
                .isEqualTo(new EnvoyVersion(major, minor));
    }

    @Test
    void listenersStayOpenInWhateverWordsTheVersionHasForIt() {
        assertThat(new EnvoyVersion(1, 40).drain(false)).isEqualTo("/drain_listeners?inboundonly&graceful&skip_exit");
        assertThat(new EnvoyVersion(1, 40).drain(true)).isEqualTo("/drain_listeners?graceful&skip_exit");
        assertThat(new EnvoyVersion(1, 41).drain(false)).isEqualTo("/drain_listeners?inboundonly&skip_exit");
        assertThat(new EnvoyVersion(2, 0).drain(true)).isEqualTo("/drain_listeners?skip_exit");
    }
}
