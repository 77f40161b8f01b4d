package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class EnvoyLogTest {
    @Test
    void everyRecordKeepsItsLevelAndALineWithoutOneBelongsToTheRecordBefore() {
        var heard = new ArrayList<String>();
        var tail = new ArrayList<String>();
        var text = """
                [info][main] starting
                [critical][backtrace] Caught Segmentation fault
                #0: frame
                [warning][config] odd
                """;

        new EnvoyLog((level, message) -> heard.add(level + " " + message), tail::add)
                .pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));

        assertThat(heard)
                .containsExactly(
                        "INFO main: starting",
                        "ERROR backtrace: Caught Segmentation fault",
                        "ERROR #0: frame",
                        "WARNING config: odd");
        assertThat(tail).containsExactlyElementsOf(text.lines().toList());
    }

    @Test
    void aLineWithoutEndIsTakenInPieces() {
        var heard = new ArrayList<String>();
        var text = "[error][config] " + "x".repeat(100_000);

        new EnvoyLog((level, message) -> heard.add(level + " " + message), _ -> {})
                .pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));

        assertThat(heard).hasSizeBetween(6, 8).allMatch(piece -> piece.startsWith("ERROR ") && piece.length() < 20_000);
        assertThat(String.join("", heard).chars().filter(c -> c == 'x').count()).isEqualTo(100_000);
    }

    @Test
    void aPipeThatBreaksAddsNoLineToTheLog() throws IOException {
        var heard = new ArrayList<String>();
        var closed = InputStream.nullInputStream();
        closed.close();
        var broken = new SequenceInputStream(
                new ByteArrayInputStream("[info][main] starting\n".getBytes(StandardCharsets.UTF_8)), closed);

        new EnvoyLog((level, message) -> heard.add(level + " " + message), _ -> {}).pump(broken);

        assertThat(heard).containsExactly("INFO main: starting");
    }

    @Test
    void theTailKeepsTheLastLinesAndCutsLongOnes() {
        var tail = new LogTail();
        for (var i = 0; i < 250; i++) {
            tail.add("line " + i + " " + "x".repeat(10_000));
        }

        assertThat(tail.lines()).hasSize(200).allMatch(line -> line.length() < 5_000);
        assertThat(tail.lines().getFirst()).startsWith("line 50 ");
        assertThat(tail.lines().getLast()).startsWith("line 249 ");
    }
}
