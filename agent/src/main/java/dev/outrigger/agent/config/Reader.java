package dev.outrigger.agent.config;

import dev.outrigger.agent.proc.Digits;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Turns the texts of settings into values. A text that is wrong becomes a problem, and a harmless value stands
/// in so that all the others are still looked at.
final class Reader {

    private static final Pattern SIZE = Pattern.compile("0*([1-9]\\d*)(k|M|G|Ki|Mi|Gi|)");

    private final Settings settings;
    private final Set<String> problems = new LinkedHashSet<>();
    private int told;

    Reader(Settings settings) {
        this.settings = settings;
        settings.problems().forEach(this::problem);
    }

    /// What `whole` makes of the settings. Where that has a problem each part of it is tried, so that a part with one
    /// hides no other's.
    ///
    /// @throws ConfigException when anything that was read, or what a module thinks of its values, is a problem
    <T> T orProblems(Supplier<T> whole, List<Supplier<?>> parts) throws ConfigException {
        var refused = "";
        try {
            var made = whole.get();
            if (problems.isEmpty()) {
                return made;
            }
        } catch (IllegalArgumentException e) {
            refused = String.valueOf(e.getMessage()); // by one of the parts, as a rule, which says so again
        }
        parts.forEach(this::check);
        if (problems.isEmpty()) {
            problem(refused);
        }
        throw new ConfigException(List.copyOf(problems));
    }

    private void check(Supplier<?> part) {
        var before = told;
        try {
            var _ = part.get();
        } catch (IllegalArgumentException e) {
            // A module refuses a value; often one that stands in for a text with a problem of its own.
            if (told == before) {
                problem(String.valueOf(e.getMessage()));
            }
        }
    }

    void problem(String line) {
        told++;
        problems.add(line);
    }

    void problem(Setting setting, String what) {
        problem(Settings.where(setting, settings.value(setting)) + ": " + what);
    }

    /// @param remedy what to give instead
    void requireReadable(Setting setting, Path file, String remedy) {
        if (!Files.isReadable(file)) {
            problem(setting, "cannot be read; " + remedy);
        }
    }

    String text(Setting setting) {
        return settings.value(setting).text();
    }

    List<String> texts(Setting setting) {
        return settings.value(setting).texts();
    }

    /// Regular expressions.
    List<Pattern> patterns(Setting setting) {
        var patterns = new ArrayList<Pattern>();
        for (var text : texts(setting)) {
            try {
                patterns.add(Pattern.compile(text));
            } catch (PatternSyntaxException e) {
                problem(
                        setting,
                        "no regular expression: " + e.getDescription() + " at " + e.getIndex() + " of " + text);
            }
        }
        return patterns;
    }

    Profile profile() {
        return settings.profile();
    }

    /// For switches and flags alike.
    boolean isOn(Setting setting) {
        return List.of("on", "true").contains(text(setting));
    }

    Optional<Path> path(Setting setting) {
        var text = text(setting);
        if (text.startsWith("unix:")) {
            text = text.startsWith("unix://") ? text.substring(7) : text.substring(5);
        }
        return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }

    Path path(Setting setting, Path otherwise) {
        return path(setting).orElse(otherwise);
    }

    int number(Setting setting) {
        var text = text(setting);
        var number = Digits.parse(text, 6);
        if (number >= 0) {
            return (int) number;
        }
        problem(setting, "must be a whole number from 0 to 999999");
        return 0;
    }

    Duration duration(Setting setting) {
        var duration = Durations.parse(text(setting));
        if (duration.isEmpty()) {
            problem(setting, "no duration; write for example 500ms, 5s, 10m, 24h or PT5S");
        }
        return duration.orElse(Duration.ZERO);
    }

    /// Bytes, written as Kubernetes does.
    long size(Setting setting) {
        var match = SIZE.matcher(text(setting));
        if (match.matches() && match.group(1).length() < 10) {
            return Long.parseLong(match.group(1))
                    * switch (match.group(2)) {
                        case "k" -> 1_000L;
                        case "M" -> 1_000_000L;
                        case "G" -> 1_000_000_000L;
                        case "Ki" -> 1L << 10;
                        case "Mi" -> 1L << 20;
                        case "Gi" -> 1L << 30;
                        default -> 1L;
                    };
        }
        problem(setting, "no size; write for example 512Mi, 1Gi or 500M");
        return 1;
    }

    InetSocketAddress address(Setting setting) {
        var all = addresses(setting);
        return all.isEmpty() ? new InetSocketAddress(0) : all.getLast();
    }

    /// Hosts that are not literal addresses stay unresolved.
    List<InetSocketAddress> addresses(Setting setting) {
        return addresses(setting, Optional.empty());
    }

    List<InetSocketAddress> addresses(Setting setting, Optional<Integer> port) {
        var found = new ArrayList<InetSocketAddress>();
        for (var text : texts(setting)) {
            Addresses.parse(text, port)
                    .ifPresentOrElse(
                            found::add,
                            () -> problem(setting.key() + "=" + text + " ("
                                    + settings.value(setting).origin()
                                    + "): no address; write HOST:PORT, the port up to 65535, IPv6 as [::1]:PORT"));
        }
        return found;
    }

    List<URI> uris(Setting setting) {
        var found = new ArrayList<URI>();
        for (var text : texts(setting)) {
            try {
                var uri = URI.create(text);
                if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
                    throw new IllegalArgumentException(text);
                }
                found.add(uri);
            } catch (IllegalArgumentException e) {
                problem(setting.key() + "=" + text + " ("
                        + settings.value(setting).origin()
                        + "): must be a URL, for example http://127.0.0.1:8080/metrics");
            }
        }
        return found;
    }

    Map<String, String> pairs(Setting setting) {
        var found = new LinkedHashMap<String, String>();
        for (var text : texts(setting)) {
            var equals = text.indexOf('=');
            if (equals <= 0) {
                problem(setting.key() + "=" + (setting.isSecret() ? "***" : text) + " ("
                        + settings.value(setting).origin() + "): must be NAME=VALUE");
            } else {
                found.put(text.substring(0, equals), text.substring(equals + 1));
            }
        }
        return found;
    }

    /// Headers of requests to the control plane or the CA, in lower case: those of the profile and of the setting,
    /// which
    /// win.
    Map<String, String> headers(Setting setting, Machine machine) {
        var found = new LinkedHashMap<>(profile().headers(machine));
        pairs(setting).forEach((name, value) -> found.put(name.toLowerCase(Locale.ROOT), value));
        return found;
    }
}
