package dev.outrigger.agent.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What every setting was given: flags over environment over file over the profile's defaults. Immutable.
public final class Settings {
    /// Variables of others that say the same.
    private static final Map<String, Setting> FOREIGN = Map.of(
            "SPIFFE_ENDPOINT_SOCKET", Setting.SPIFFE_SOCKET,
            "ISTIO_KUBE_APP_PROBERS", Setting.APP_PROBES);

    private final Map<Setting, SettingValue> given;
    private final List<String> problems;
    private final Profile profile;

    private Settings(Map<Setting, SettingValue> given, List<String> problems) {
        this.given = new EnumMap<>(given);
        this.problems = List.copyOf(problems);
        var name =
                given.containsKey(Setting.PROFILE) ? given.get(Setting.PROFILE).text() : Setting.PROFILE.fallback();
        this.profile = Arrays.stream(Profile.values())
                .filter(p -> p.name().equalsIgnoreCase(name))
                .findAny()
                .orElse(Profile.GENERIC);
    }

    /// Reads all layers.
    ///
    /// @param arguments flags behind the command, `--key value`, `--key=value`, or `--key` alone for a flag
    /// @param environment `OUTRIGGER_*` of it are read, the SPIFFE standard's SPIFFE_ENDPOINT_SOCKET, Istio's
    ///     ISTIO_KUBE_APP_PROBERS, and OpenTelemetry's `OTEL_*`
    /// @param file settings that a command found in a file of its own, below the environment; may be empty
    /// @return what could be read; {@link ConfigParser} refuses it when there are problems, with what else it
    ///     finds
    public static Settings read(
            List<String> arguments, Map<String, String> environment, Map<String, SettingValue> file) {
        var problems = new ArrayList<String>();
        var flags = flags(arguments, problems);
        var variables = variables(environment, problems);
        var all = new EnumMap<Setting, SettingValue>(Setting.class);
        addFile(file, all, problems);
        var path = flags.getOrDefault(Setting.CONFIG, variables.get(Setting.CONFIG));
        if (path != null) {
            addFile(ConfigFile.read(path, problems), all, problems);
        }
        all.putAll(variables);
        all.putAll(flags);
        checkWords(all, problems);
        return new Settings(all, problems);
    }

    /// The value that counts.
    public SettingValue value(Setting setting) {
        var value = given.get(setting);
        return value == null ? profile.fallback(setting) : value;
    }

    /// Every unknown key, unreadable file and misplaced value; such values are left out.
    List<String> problems() {
        return problems;
    }

    Profile profile() {
        return profile;
    }

    private static Map<Setting, SettingValue> flags(List<String> arguments, List<String> problems) {
        var found = new EnumMap<Setting, List<String>>(Setting.class);
        for (var i = 0; i < arguments.size(); i++) {
            var argument = arguments.get(i);
            var equals = argument.indexOf('=');
            var name = equals < 0 ? argument : argument.substring(0, equals);
            var setting =
                    name.startsWith("--") ? Setting.byKey(name.substring(2)) : java.util.Optional.<Setting>empty();
            if (setting.isEmpty()) {
                problems.add("unknown argument " + argument
                        + (name.startsWith("--") ? suggestion(name.substring(2), "--") : "; flags begin with --"));
                if (name.startsWith("--") && equals < 0 && isValue(arguments, i + 1)) {
                    i++;
                }
                continue;
            }
            var texts = found.computeIfAbsent(setting.get(), _ -> new ArrayList<>());
            if (equals >= 0) {
                texts.add(argument.substring(equals + 1));
            } else if (setting.get().shape().isFlag()) {
                texts.add("true");
            } else if (i + 1 < arguments.size()) {
                texts.add(arguments.get(++i));
            } else {
                problems.add(name + " (flag): no value; write " + name + " "
                        + setting.get().shape().hint());
            }
        }
        var values = new EnumMap<Setting, SettingValue>(Setting.class);
        found.forEach((setting, texts) -> values.put(setting, new SettingValue(texts, "flag " + setting.flag())));
        return values;
    }

    private static boolean isValue(List<String> arguments, int index) {
        return index < arguments.size() && !arguments.get(index).startsWith("--");
    }

    private static Map<Setting, SettingValue> variables(Map<String, String> environment, List<String> problems) {
        var values = new EnumMap<Setting, SettingValue>(Setting.class);
        environment.forEach((name, text) -> {
            if (!isOurs(name)) {
                return;
            }
            var setting = Setting.byVariable(name);
            if (setting.isEmpty()) {
                var key = name.substring("OUTRIGGER_".length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-');
                problems.add(name + " (environment): no such setting"
                        + suggestion(key, "").replace("did you mean ", "did you mean the variable of "));
            } else if (!text.isEmpty()) {
                values.put(setting.get(), new SettingValue(split(setting.get(), text), "environment " + name));
            }
        });
        FOREIGN.forEach((name, setting) -> {
            var text = environment.getOrDefault(name, "");
            if (!text.isEmpty()) {
                values.putIfAbsent(setting, SettingValue.of(text, "environment " + name));
            }
        });
        OtelVariables.read(environment, problems).forEach(values::putIfAbsent);
        return values;
    }

    private static List<String> split(Setting setting, String text) {
        return setting.shape().isRepeatable()
                ? Arrays.stream(text.split(",", -1)).map(String::strip).toList()
                : List.of(text);
    }

    private static void addFile(Map<String, SettingValue> file, Map<Setting, SettingValue> all, List<String> problems) {
        file.forEach((key, value) -> {
            var setting = Setting.byKey(key);
            if (setting.isEmpty()) {
                problems.add(value.origin() + ": no such setting: " + key + suggestion(key, ""));
            } else if (value.texts().size() > 1 && !setting.get().shape().isRepeatable()) {
                problems.add(value.origin() + ": " + key + " takes one value, not a list");
            } else {
                all.put(setting.get(), value);
            }
        });
    }

    private static void checkWords(Map<Setting, SettingValue> all, List<String> problems) {
        all.entrySet().removeIf(entry -> {
            var choices = entry.getKey().shape().choices();
            var isWrong =
                    !choices.isEmpty() && !choices.contains(entry.getValue().text());
            if (isWrong) {
                problems.add(
                        where(entry.getKey(), entry.getValue()) + ": must be one of " + String.join(", ", choices));
            }
            return isWrong;
        });
    }

    /// `--dns-ttl=5 (flag)`-like: what was written, and by whom. A secret is masked.
    static String where(Setting setting, SettingValue value) {
        return setting.key() + "=" + (setting.isSecret() ? "***" : value.text()) + " (" + value.origin() + ")";
    }

    /// ` (did you mean --x?)` for the nearest key, or nothing when none is near.
    private static String suggestion(String key, String prefix) {
        var wanted = key.toLowerCase(Locale.ROOT).replace('_', '-');
        var keys = Arrays.stream(Setting.values()).map(Setting::key).toList();
        return Spelling.nearest(wanted, keys, Math.max(2, wanted.length() / 4))
                .map(k -> "; did you mean " + prefix + k + "?")
                .orElse("; outrigger run --help lists all settings");
    }

    /// Whether an environment variable claims to be ours. The launcher's own are not settings.
    private static boolean isOurs(String variable) {
        return variable.startsWith(Setting.PREFIX)
                && !List.of(
                                "OUTRIGGER_BUILT",
                                "OUTRIGGER_CACHE",
                                "OUTRIGGER_EARLY_ENVOY",
                                "OUTRIGGER_HOME",
                                "OUTRIGGER_JAVA_HOME",
                                "OUTRIGGER_JAVA_OPTIONS",
                                "OUTRIGGER_LAUNCHED")
                        .contains(variable);
    }
}
