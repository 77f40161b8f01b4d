package dev.outrigger.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PicocliCommandsTest {
    private static final int USAGE = 64;

    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rnu|there is no command 'rnu'; did you mean outrigger run? outrigger --help lists all",
                "statsu|there is no command 'statsu'; did you mean outrigger status? outrigger --help lists all",
                "xds lgo|there is no command 'lgo'; did you mean outrigger xds log? outrigger xds --help lists all",
                "somersault|there is no command 'somersault'; outrigger --help lists all",
                "status --jsno|unknown argument --jsno; did you mean --json? outrigger status --help shows what there is",
                "wait --timeuot=5|unknown argument --timeuot=5; did you mean --timeout? outrigger wait --help shows what there is",
                "certs -x|unknown argument -x; outrigger certs --help shows what there is",
                "certs --somersault|unknown argument --somersault; outrigger certs --help shows what there is",
                "certs extra|unexpected argument 'extra'; outrigger certs --help shows what there is",
                "xds why|missing required parameter: 'RESOURCE'; outrigger xds why --help shows what there is",
                "wait --timeout|missing required parameter for option '--timeout' (TIME); outrigger wait --help shows what there is"
            })
    void wrongUsageIsAnsweredInOneLineWithWhatIsMeant(String line, String answer) {
        assertThat(execute(line)).isEqualTo(USAGE);
        assertThat(errors.toString()).isEqualTo("outrigger: " + answer + System.lineSeparator());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"xds|log, diff, why, resources", "dns|lookup, table"})
    void aCommandOfCommandsSaysWhichThereAre(String line, String commands) {
        assertThat(execute(line)).isEqualTo(USAGE);
        assertThat(errors.toString())
                .startsWith("Usage: outrigger " + line)
                .endsWith("outrigger: outrigger " + line + " needs one of " + commands + System.lineSeparator());
    }

    private int execute(String words) {
        var line = PicocliCommands.line();
        line.setErr(new PrintWriter(errors, true));
        return line.execute(words.split(" ", -1));
    }
}
