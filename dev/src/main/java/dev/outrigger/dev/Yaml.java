package dev.outrigger.dev;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// A YAML text as nodes that know where they stand, and the problems found in it.
final class Yaml {
    private static final int DEEPEST = 100;
    private static final int MOST_NODES = 500_000;

    private final String name;
    private final List<String> problems;

    Yaml(String name, List<String> problems) {
        this.name = name;
        this.problems = problems;
    }

    /// One entry of a mapping.
    record Entry(ScalarNode key, Node value) {}

    /// The root; null when there is none, which is a problem then.
    @Nullable
    Node compose(String text) {
        var settings = LoadSettings.builder()
                .setLabel(name)
                .setSchema(new CoreSchema())
                .build();
        try {
            if (isTooDeep(text, settings)) {
                return null;
            }
            var root = new Compose(settings).composeString(text).orElse(null);
            if (root == null || isNull(root)) {
                problems.add(name + ": is empty; examples/hello.yaml shows what can stand here");
                return null;
            }
            return isTooLarge(root) ? null : root;
        } catch (MarkedYamlEngineException e) {
            problems.add(at(e.getProblemMark()) + ": not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(name + ": not YAML: " + e.getMessage());
        }
        return null;
    }

    /// The composer is recursive, the parser is not: ask it first.
    private boolean isTooDeep(String text, LoadSettings settings) {
        int depth = 0;
        for (var event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent && ++depth > DEEPEST) {
                problems.add(at(event.getStartMark()) + ": is nested more than " + DEEPEST + " deep");
                return true;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            }
        }
        return false;
    }

    /// Aliases may hold each other, or themselves.
    private boolean isTooLarge(Node root) {
        if (size(root, 0) <= MOST_NODES) {
            return false;
        }
        problems.add(name + ": its aliases expand without end; write what they stand for, or remove them");
        return true;
    }

    private static int size(Node node, int depth) {
        if (depth > DEEPEST) {
            return MOST_NODES + 1;
        }
        int size = 1;
        switch (node) {
            case SequenceNode list -> {
                for (var item : list.getValue()) {
                    size += size > MOST_NODES ? 0 : size(item, depth + 1);
                }
            }
            case MappingNode map -> {
                for (var tuple : map.getValue()) {
                    size += size > MOST_NODES ? 0 : size(tuple.getKeyNode(), depth + 1);
                    size += size > MOST_NODES ? 0 : size(tuple.getValueNode(), depth + 1);
                }
            }
            default -> {}
        }
        return size;
    }

    void problem(Node node, String what) {
        problems.add(at(node) + ": " + what);
    }

    String at(Node node) {
        return at(node.getStartMark());
    }

    private String at(Optional<Mark> mark) {
        return mark.map(m -> name + ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1))
                .orElse(name);
    }

    /// The entries of a mapping by key; what is no mapping is a problem, and so is a key that is there twice.
    Map<String, Entry> mapping(Node node, String what) {
        var entries = new LinkedHashMap<String, Entry>();
        if (!(node instanceof MappingNode mapping)) {
            problem(node, what + " must be a mapping (key: value)" + orBraces(node));
            return entries;
        }
        for (var tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problem(tuple.getKeyNode(), what + ": a key must be a plain word");
            } else if (entries.putIfAbsent(key.getValue(), new Entry(key, tuple.getValueNode())) != null) {
                problem(key, what + ": " + key.getValue() + " is there twice; keep one");
            }
        }
        return entries;
    }

    /// The items of a list; what is no list is a problem.
    List<Node> list(Node node, String what) {
        if (node instanceof SequenceNode list) {
            return list.getValue();
        }
        problem(node, what + " must be a list; begin each item with \"- \", or write [] for none");
        return List.of();
    }

    /// The text of a plain value; what is none is a problem.
    String text(Node node, String what) {
        if (node instanceof ScalarNode scalar && !isNull(node)) {
            return scalar.getValue();
        }
        problem(node, what + " must be a plain value");
        return "";
    }

    static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static String orBraces(Node node) {
        return isNull(node) ? "; write {} when nothing is to be set" : "";
    }

    /// `; did you mean x?` for the nearest, or the list of all when none is near.
    static String hint(String word, Collection<String> allowed) {
        return nearest(word, allowed)
                .map(n -> "; did you mean " + n + "?")
                .orElse(allowed.isEmpty() ? "; there are none" : "; there are: " + String.join(", ", allowed));
    }

    private static Optional<String> nearest(String word, Collection<String> allowed) {
        if (word.length() > 100) {
            return Optional.empty();
        }
        int limit = Math.max(2, word.length() / 4);
        return allowed.stream()
                .filter(a -> distance(a, word) <= limit)
                .min(Comparator.comparingInt(a -> distance(a, word)));
    }

    /// Levenshtein's.
    private static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
