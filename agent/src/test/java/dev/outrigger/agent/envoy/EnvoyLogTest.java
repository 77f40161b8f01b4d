package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class EnvoyLogTest {
    @Test
    void everyRecordKeepsItsLevelAndALineWithoutOneBelongsToTheRecordBefore() {
        var heard = new ArrayList<String>();
        var text = """
                [info][main] starting
                [critical][backtrace] Caught Segmentation fault
                #0: frame
                [warning][config] odd
                """;

        new EnvoyLog((level, message) -> heard.add(level + " " + message))
                .pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));

        assertThat(heard)
                .containsExactly(
                        "INFO main: starting",
                        "ERROR backtrace: Caught Segmentation fault",
                        "ERROR #0: frame",
                        "WARNING config: odd");
    }
}
