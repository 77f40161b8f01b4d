package dev.outrigger.dev;

import java.math.BigDecimal;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// YAML nodes as JSON.
final class JsonText {
    private JsonText() {}

    static String of(Node node) {
        return switch (node) {
            case ScalarNode scalar -> scalar(scalar);
            case SequenceNode list ->
                list.getValue().stream().map(JsonText::of).collect(Collectors.joining(",", "[", "]"));
            case MappingNode map ->
                map.getValue().stream()
                        .map(t -> key(t.getKeyNode()) + ":" + of(t.getValueNode()))
                        .collect(Collectors.joining(",", "{", "}"));
            default -> throw new IllegalStateException("an alias that was not resolved");
        };
    }

    private static String key(Node node) {
        return node instanceof ScalarNode scalar ? quoted(scalar.getValue()) : quoted(of(node));
    }

    private static String scalar(ScalarNode scalar) {
        var tag = scalar.getTag();
        var text = scalar.getValue();
        if (tag.equals(Tag.NULL)) {
            return "null";
        } else if (tag.equals(Tag.BOOL)) {
            return text.toLowerCase(java.util.Locale.ROOT);
        } else if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
            return number(text);
        }
        return quoted(text);
    }

    /// YAML knows numbers that JSON does not (`.inf`, `0x1F`): they become texts.
    private static String number(String text) {
        try {
            var number = new BigDecimal(text);
            return Math.abs((long) number.scale()) > 400 ? quoted(text) : number.toString();
        } catch (NumberFormatException _) {
            return quoted(text);
        }
    }

    static String quoted(String text) {
        var json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c == '\u2028' || c == '\u2029') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
