package dev.outrigger.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PicocliCommandsTest {
    private static final int USAGE = 64;

    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "rnu,outrigger: there is no command 'rnu'; did you mean outrigger run? outrigger --help lists all",
        "statsu,outrigger: there is no command 'statsu'; did you mean outrigger status? outrigger --help lists all",
        "xds lgo,outrigger: there is no command 'lgo'; did you mean outrigger xds log? outrigger xds --help lists all",
        "somersault,outrigger: there is no command 'somersault'; outrigger --help lists all"
    })
    void aMisspeltCommandIsAnsweredWithTheNearest(String line, String answer) {
        assertThat(execute(line)).isEqualTo(USAGE);
        assertThat(errors.toString()).isEqualTo(answer + System.lineSeparator());
    }

    @Test
    void aMisspeltOptionIsAnsweredWithTheNearest() {
        assertThat(execute("status --jsno")).isEqualTo(USAGE);
        assertThat(errors.toString()).contains("--jsno", "--json");
    }

    private int execute(String words) {
        var line = PicocliCommands.line();
        line.setErr(new PrintWriter(errors, true));
        return line.execute(words.split(" ", -1));
    }
}
