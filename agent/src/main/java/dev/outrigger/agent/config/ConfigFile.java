package dev.outrigger.agent.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads a YAML file of settings: one flat mapping, a list where a setting may be repeated, a mapping where its
/// values are NAME=VALUE.
final class ConfigFile {
    private final String name;
    private final List<String> problems;
    private final Map<String, SettingValue> values = new LinkedHashMap<>();

    private ConfigFile(String name, List<String> problems) {
        this.name = name;
        this.problems = problems;
    }

    static Map<String, SettingValue> read(SettingValue path, List<String> problems) {
        try {
            return parse(path.text(), Files.readString(Path.of(path.text())), problems);
        } catch (IOException e) {
            problems.add(Settings.where(Setting.CONFIG, path) + ": cannot be read ("
                    + e.getClass().getSimpleName() + "); give the path of a readable YAML file");
            return Map.of();
        }
    }

    static Map<String, SettingValue> parse(String name, String yaml, List<String> problems) {
        var file = new ConfigFile(name, problems);
        try {
            var settings = LoadSettings.builder().setLabel(name).build();
            new Compose(settings).composeString(yaml).ifPresent(file::addAll);
        } catch (MarkedYamlEngineException e) {
            problems.add(file.at(e.getProblemMark()) + ": not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(name + ": not YAML: " + e.getMessage());
        }
        return file.values;
    }

    private void addAll(Node root) {
        if (!(root instanceof MappingNode mapping)) {
            problems.add(at(root.getStartMark())
                    + ": must be a mapping of settings, for example  control-plane: host:15010");
            return;
        }
        for (var tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                var at = at(tuple.getKeyNode().getStartMark());
                if (values.put(key.getValue(), new SettingValue(texts(tuple.getValueNode()), at)) != null) {
                    problems.add(at + ": " + key.getValue() + " is given twice; keep one");
                }
            }
        }
    }

    private List<String> texts(Node node) {
        return switch (node) {
            case ScalarNode scalar -> scalar.getValue().isEmpty() ? List.of() : List.of(scalar.getValue());
            case SequenceNode list -> {
                var texts = new ArrayList<String>();
                list.getValue().forEach(item -> texts.add(scalar(item)));
                yield texts;
            }
            case MappingNode map -> {
                var texts = new ArrayList<String>();
                map.getValue().forEach(t -> texts.add(scalar(t.getKeyNode()) + "=" + scalar(t.getValueNode())));
                yield texts;
            }
            default -> {
                problems.add(at(node.getStartMark()) + ": must be a value, a list or a mapping");
                yield List.of();
            }
        };
    }

    private String scalar(Node node) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        problems.add(at(node.getStartMark()) + ": must be a plain value");
        return "";
    }

    private String at(Optional<Mark> mark) {
        return mark.map(m -> name + ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1))
                .orElse(name);
    }
}
