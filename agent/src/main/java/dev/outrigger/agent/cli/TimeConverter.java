package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Times of command lines: seconds where no unit is given, as other tools take them, or as settings have them.
final class TimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        return Durations.parse(text.matches("\\d{1,9}") ? text + "s" : text)
                .orElseThrow(() -> new TypeConversionException(
                        "'" + text + "' is no time; write seconds, or a number with ms, s, m or h, for example 90s"));
    }

    /// For messages.
    static String text(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}
