package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.envoy.EnvoyExit.Reason;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvoyExitTest {
    private static final OptionalLong SILENT = OptionalLong.empty();

    @ParameterizedTest
    @CsvSource({
        "0, EXIT, 0",
        "1, EXIT, 1",
        "128, EXIT, 128",
        "139, SIGNAL, 139 (SIGSEGV)",
        "137, SIGNAL, '137 (SIGKILL; out of memory, or killed by somebody)'",
        "162, SIGNAL, 162 (signal 34)",
        "192, SIGNAL, 192 (signal 64)",
        "193, EXIT, 193",
        "255, EXIT, 255"
    })
    void aStatusTellsWhetherASignalEndedIt(int status, Reason reason, String text) {
        var exit = EnvoyExit.of(status, SILENT, SILENT);

        assertThat(exit.reason()).isEqualTo(reason);
        assertThat(exit.describe()).isEqualTo(text);
    }

    @Test
    void aKillIsForWantOfMemoryWhenTheKernelCountedOneMeanwhile() {
        var killed = EnvoyExit.of(137, OptionalLong.of(2), OptionalLong.of(3));

        assertThat(killed.reason()).isEqualTo(Reason.OOM);
        assertThat(killed.reason().label()).isEqualTo("oom");
        assertThat(killed.signal()).hasValue(9);
        assertThat(killed.describe()).startsWith("137 (SIGKILL; out of memory: the kernel");
    }

    @Test
    void aKillWithoutOneWasSomebody() {
        var killed = EnvoyExit.of(137, OptionalLong.of(2), OptionalLong.of(2));

        assertThat(killed.reason()).isEqualTo(Reason.SIGNAL);
        assertThat(killed.describe()).endsWith("killed by somebody, not for want of memory)");
    }

    @Test
    void anotherProcessThatWasKilledMeanwhileIsNoReasonOfThisEnd() {
        assertThat(EnvoyExit.of(139, OptionalLong.of(2), OptionalLong.of(3)).reason())
                .isEqualTo(Reason.SIGNAL);
        assertThat(EnvoyExit.of(1, OptionalLong.of(2), OptionalLong.of(3)).reason())
                .isEqualTo(Reason.EXIT);
    }
}
