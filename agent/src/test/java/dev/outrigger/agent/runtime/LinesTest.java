package dev.outrigger.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinesTest {
    @Test
    void aValueOfSeveralLinesStaysOneLine() {
        var lines = new Lines();

        lines.line("  config", "unmet, Envoy refuses a:\n b \r\n\nc\n");
        lines.line("dns", "2  names");

        assertThat(lines.toString().lines())
                .containsExactly(
                        "  config                       unmet, Envoy refuses a: b c",
                        "dns                            2  names");
    }
}
