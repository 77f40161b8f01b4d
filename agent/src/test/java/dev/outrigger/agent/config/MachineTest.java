package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.notify.NotifyConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineTest {
    private static final String PID = Long.toString(ProcessHandle.current().pid());

    @Test
    void aServiceManagerIsThereWhenItsSocketIsNamed() {
        assertThat(serviceManager(Map.of())).isEmpty();
        assertThat(serviceManager(Map.of("NOTIFY_SOCKET", "", "WATCHDOG_USEC", "1")))
                .isEmpty();
        assertThat(serviceManager(Map.of("NOTIFY_SOCKET", "@a"))).contains(new NotifyConfig("@a", Optional.empty()));
    }

    @Test
    void aWatchdogCountsWhenItIsMeantForThisProcess() {
        var limit = Optional.of(Duration.ofSeconds(30));
        assertThat(watchdog("30000000", "")).isEqualTo(limit);
        assertThat(watchdog("30000000", PID)).isEqualTo(limit);
        assertThat(watchdog("30000000", PID + "0")).isEmpty();
        assertThat(watchdog("0", PID)).isEmpty();
        assertThat(watchdog("soon", PID)).isEmpty();
    }

    private static Optional<Duration> watchdog(String microseconds, String pid) {
        return serviceManager(Map.of("NOTIFY_SOCKET", "/n", "WATCHDOG_USEC", microseconds, "WATCHDOG_PID", pid))
                .orElseThrow()
                .watchdog();
    }

    private static Optional<NotifyConfig> serviceManager(Map<String, String> environment) {
        return new Machine(environment, "box").serviceManager();
    }
}
