package dev.outrigger.dev;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/// Makes a message of a YAML node in Envoy's form, which is protobuf's JSON mapping.
///
/// Messages are walked here, so that each problem is told where it stands and none hides another; single values are
/// left
/// to {@link JsonFormat}.
final class MessageReader {
    /// Have a JSON form of their own.
    private static final Set<String> SPECIAL = Set.of(
            "google.protobuf.Struct",
            "google.protobuf.Value",
            "google.protobuf.ListValue",
            "google.protobuf.Duration",
            "google.protobuf.Timestamp",
            "google.protobuf.FieldMask",
            "google.protobuf.BoolValue",
            "google.protobuf.BytesValue",
            "google.protobuf.DoubleValue",
            "google.protobuf.FloatValue",
            "google.protobuf.Int32Value",
            "google.protobuf.Int64Value",
            "google.protobuf.StringValue",
            "google.protobuf.UInt32Value",
            "google.protobuf.UInt64Value");

    private static final String TYPE = "@type";
    private static final int MOST_NAMES = 25;

    private final Yaml yaml;
    private final String what;
    private final References references;

    /// @param what for humans, for example `cluster hello`
    /// @param references hears of the plain values
    MessageReader(Yaml yaml, String what, References references) {
        this.yaml = yaml;
        this.what = what;
        this.references = references;
    }

    /// Fills the message; `@type` is passed over.
    void read(Node node, Message.Builder message) {
        var entries = yaml.mapping(node, what);
        entries.remove(TYPE);
        entries.values().forEach(entry -> readField(entry, message));
    }

    private void readField(Yaml.Entry entry, Message.Builder message) {
        var field = field(entry, message.getDescriptorForType());
        if (field == null || isRefused(entry, field, message)) {
            return;
        }
        if (field.isMapField()) {
            readMap(field, entry.value(), message);
        } else if (field.isRepeated()) {
            for (var item : yaml.list(entry.value(), what + ": " + field.getName())) {
                var value = value(field, item, message);
                if (value != null) {
                    message.addRepeatedField(field, value);
                }
            }
        } else {
            var value = value(field, entry.value(), message);
            if (value != null) {
                message.setField(field, value);
            }
        }
    }

    private @Nullable FieldDescriptor field(Yaml.Entry entry, Descriptor type) {
        var key = entry.key().getValue();
        for (var field : type.getFields()) {
            if (field.getName().equals(key) || field.getJsonName().equals(key)) {
                return field;
            }
        }
        var names = type.getFields().stream().map(FieldDescriptor::getName).toList();
        var hint = Yaml.hint(key, names);
        problem(
                entry.key(),
                "no field " + key + " in " + type.getName()
                        + (names.size() > MOST_NAMES && !hint.contains("did you mean")
                                ? "; Envoy's reference of " + type.getFullName() + " lists them"
                                : hint));
        return null;
    }

    private boolean isRefused(Yaml.Entry entry, FieldDescriptor field, Message.Builder message) {
        var name = field.getName();
        var oneof = field.getRealContainingOneof();
        if (Yaml.isNull(entry.value()) && !isValue(field)) {
            problem(
                    entry.key(),
                    name + " has no value; give it one, or remove the line"
                            + (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? " ({} is a value, too)" : ""));
            return true;
        } else if (oneof != null && message.hasOneof(oneof)) {
            var other = message.getOneofFieldDescriptor(oneof);
            problem(
                    entry.key(),
                    name + " and " + (other == null ? name : other.getName()) + " exclude each other; keep one");
            return true;
        }
        return false;
    }

    private static boolean isValue(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && field.getMessageType().getFullName().equals("google.protobuf.Value");
    }

    private void readMap(FieldDescriptor field, Node node, Message.Builder message) {
        var key = field.getMessageType().findFieldByNumber(1);
        var value = field.getMessageType().findFieldByNumber(2);
        for (var entry : yaml.mapping(node, what + ": " + field.getName()).values()) {
            var pair = message.newBuilderForField(field);
            var first = value(key, entry.key(), pair);
            var second = value(value, entry.value(), pair);
            if (first != null && second != null) {
                message.addRepeatedField(
                        field, pair.setField(key, first).setField(value, second).build());
            }
        }
    }

    /// One value of a field; null when there is a problem.
    private @Nullable Object value(FieldDescriptor field, Node node, Message.Builder parent) {
        if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            return plain(field, node, parent);
        }
        var type = field.getMessageType().getFullName();
        if (type.equals("google.protobuf.Any")) {
            return any(field.getName(), node);
        } else if (SPECIAL.contains(type)) {
            return leaf(field, JsonText.of(node), node, parent);
        }
        var child = parent.newBuilderForField(field);
        read(node, child);
        return child.build();
    }

    private @Nullable Object plain(FieldDescriptor field, Node node, Message.Builder parent) {
        if (!(node instanceof ScalarNode scalar) || Yaml.isNull(node)) {
            problem(node, field.getName() + " must be a plain value, " + kind(field));
            return null;
        }
        var text = scalar.getValue();
        if (field.getJavaType() == FieldDescriptor.JavaType.ENUM && !isEnum(field, text)) {
            var names = field.getEnumType().getValues().stream()
                    .map(EnumValueDescriptor::getName)
                    .toList();
            problem(node, field.getName() + " cannot be " + text + Yaml.hint(text, names));
            return null;
        }
        references.seen(field, text, node, what);
        return leaf(field, JsonText.quoted(text), node, parent);
    }

    private static boolean isEnum(FieldDescriptor field, String text) {
        return field.getEnumType().findValueByName(text) != null || text.matches("-?\\d{1,9}");
    }

    private static String kind(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case INT, LONG -> "a whole number";
            case FLOAT, DOUBLE -> "a number";
            case BOOLEAN -> "true or false";
            case BYTE_STRING -> "base64";
            case ENUM -> "one of the names of " + field.getEnumType().getName();
            case STRING, MESSAGE -> "a text";
        };
    }

    /// The value as JSON reads it.
    private @Nullable Object leaf(FieldDescriptor field, String json, Node node, Message.Builder parent) {
        var scratch = parent.getDefaultInstanceForType().newBuilderForType();
        var list = field.isRepeated();
        try {
            var quoted = JsonText.quoted(field.getName());
            JsonFormat.parser()
                    .merge(list ? "{" + quoted + ":[" + json + "]}" : "{" + quoted + ":" + json + "}", scratch);
        } catch (InvalidProtocolBufferException | IllegalArgumentException | ArithmeticException e) {
            problem(node, field.getName() + " cannot be this: " + reason(e));
            return null;
        }
        return list ? scratch.getRepeatedField(field, 0) : scratch.getField(field);
    }

    private static String reason(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }

    private @Nullable Any any(String field, Node node) {
        var entries = yaml.mapping(node, what + ": " + field);
        var type = entries.get(TYPE);
        if (type == null) {
            if (node instanceof MappingNode) {
                problem(
                        node,
                        field + " does not say what it is; add \"@type\": " + MessageTypes.PREFIX
                                + "and the full name of the message");
            }
            return null;
        }
        var url = yaml.text(type.value(), TYPE);
        var prototype = MessageTypes.find(url);
        if (prototype == null) {
            problem(
                    type.value(),
                    "unknown @type " + url + ": no such message in the Envoy API of this build; check its"
                            + " spelling in Envoy's reference (" + MessageTypes.PREFIX + "envoy.extensions.…)");
            return null;
        }
        var message = prototype.newBuilderForType();
        if (SPECIAL.contains(message.getDescriptorForType().getFullName())) {
            readSpecial(entries, node, message);
        } else {
            read(node, message);
        }
        return pack(message.build());
    }

    /// A message with a JSON form of its own has it under `value`.
    private void readSpecial(Map<String, Yaml.Entry> entries, Node node, Message.Builder message) {
        var value = entries.get("value");
        if (value == null || entries.size() > 2) {
            problem(node, "a " + message.getDescriptorForType().getName() + " has @type and value, and nothing else");
            return;
        }
        try {
            JsonFormat.parser().merge(JsonText.of(value.value()), message);
        } catch (InvalidProtocolBufferException | IllegalArgumentException | ArithmeticException e) {
            problem(value.value(), "value cannot be this: " + reason(e));
        }
    }

    static Any pack(Message message) {
        return Any.newBuilder()
                .setTypeUrl(MessageTypes.PREFIX + message.getDescriptorForType().getFullName())
                .setValue(message.toByteString())
                .build();
    }

    private void problem(Node node, String text) {
        yaml.problem(node, what + ": " + text);
    }
}
