package dev.outrigger.bootstrap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A JSON object or array under construction (RFC 8259), which keeps the order of insertion.
///
/// Write-only on purpose: it is on the way to the first Envoy process, where a JSON library would cost more than
/// the whole bootstrap. Lists and maps may hold what `put` takes: strings, booleans, finite numbers, `Json`,
/// lists, maps with string keys, and `null`; anything else is an `IllegalArgumentException`. They are copied when
/// put; a `Json` is not. Not for use by several threads at once.
public final class Json {
    private final @Nullable Map<String, @Nullable Object> members;
    private final List<@Nullable Object> elements;

    private Json(@Nullable Map<String, @Nullable Object> members, List<@Nullable Object> elements) {
        this.members = members;
        this.elements = elements;
    }

    /// An empty object, filled with `put`.
    public static Json object() {
        return new Json(new LinkedHashMap<>(), List.of());
    }

    /// An object with the members of a map, in its order.
    public static Json object(Map<String, ? extends @Nullable Object> members) {
        var object = object();
        members.forEach((name, value) -> object.member(name, copy(value)));
        return object;
    }

    /// An empty array, filled with `add`.
    public static Json array() {
        return new Json(null, new ArrayList<>());
    }

    /// An array with the elements of a list.
    public static Json array(List<? extends @Nullable Object> elements) {
        var array = array();
        for (var element : elements) {
            array.elements.add(copy(element));
        }
        return array;
    }

    /// Sets a member of this object; a second `put` of a name replaces the value and keeps the place.
    public Json put(String name, String value) {
        return member(name, value);
    }

    /// Like {@link #put(String, String)}, for whole numbers.
    public Json put(String name, long value) {
        return member(name, value);
    }

    /// Like {@link #put(String, String)}, for finite numbers.
    public Json put(String name, double value) {
        return member(name, finite(value));
    }

    /// Like {@link #put(String, String)}, for `true` and `false`.
    public Json put(String name, boolean value) {
        return member(name, value);
    }

    /// Like {@link #put(String, String)}, for an object or array.
    public Json put(String name, Json value) {
        return member(name, value);
    }

    /// Like {@link #put(String, String)}, for an array with the elements of a list.
    public Json put(String name, List<? extends @Nullable Object> value) {
        return member(name, array(value));
    }

    /// Like {@link #put(String, String)}, for an object with the members of a map.
    public Json put(String name, Map<String, ? extends @Nullable Object> value) {
        return member(name, object(value));
    }

    /// Appends to this array.
    public Json add(String value) {
        return element(value);
    }

    /// Like {@link #add(String)}, for an object or array.
    public Json add(Json value) {
        return element(value);
    }

    /// The text on one line, without spaces.
    public String compact() {
        var out = new StringBuilder(1024);
        write(out, this, -1);
        return out.toString();
    }

    /// The text indented by two spaces, with a line feed at the end.
    public String pretty() {
        var out = new StringBuilder(8192);
        write(out, this, 0);
        return out.append('\n').toString();
    }

    @Override
    public String toString() {
        return compact();
    }

    /// A copy that may be shown: texts that are secret, by their name or by what they look like, are `***`.
    public Json masked() {
        var copy = new Json(members == null ? null : new LinkedHashMap<>(), new ArrayList<>());
        if (members != null) {
            members.forEach((name, value) -> copy.member(name, masked(name, value)));
        }
        elements.forEach(element -> copy.elements.add(masked("", element)));
        return copy;
    }

    private static @Nullable Object masked(String name, @Nullable Object value) {
        return switch (value) {
            case Json json -> json.masked();
            case String text -> Secrets.isSecret(name) ? Secrets.MASK : Secrets.masked(text);
            case null, default -> value;
        };
    }

    private Json member(String name, @Nullable Object value) {
        if (members == null) {
            throw new IllegalStateException("put of " + name + " into a JSON array");
        }
        members.put(name, value);
        return this;
    }

    private Json element(Object value) {
        if (members != null) {
            throw new IllegalStateException("add to a JSON object");
        }
        elements.add(value);
        return this;
    }

    private static @Nullable Object copy(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean flag -> flag;
            case Json json -> json;
            case Double number -> finite(number);
            case Float number -> finite(number);
            case Number number -> number;
            case Map<?, ?> map -> copyOf(map);
            case List<?> list -> array(list);
            default ->
                throw new IllegalArgumentException(
                        "no JSON for a " + value.getClass().getName());
        };
    }

    private static Json copyOf(Map<?, ?> map) {
        var object = object();
        for (var entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String name)) {
                throw new IllegalArgumentException("a JSON name is a string, not " + entry.getKey());
            }
            object.member(name, copy(entry.getValue()));
        }
        return object;
    }

    private static double finite(double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("JSON has no number " + number);
        }
        return number;
    }

    /// `depth` is the indentation in steps, or negative for one line.
    private static void write(StringBuilder out, @Nullable Object value, int depth) {
        if (value instanceof String text) { // no switch: the JVM makes one by types anew in each start
            quote(out, text);
        } else if (value instanceof Json json) {
            json.writeContainer(out, depth);
        } else {
            out.append(value);
        }
    }

    private void writeContainer(StringBuilder out, int depth) {
        int inner = depth < 0 ? depth : depth + 1;
        int start = out.append(members == null ? '[' : '{').length();
        if (members == null) {
            for (var element : elements) {
                separate(out, start, inner);
                write(out, element, inner);
            }
        } else {
            for (var member : members.entrySet()) {
                separate(out, start, inner);
                quote(out, member.getKey());
                out.append(depth < 0 ? ":" : ": ");
                write(out, member.getValue(), inner);
            }
        }
        if (out.length() > start) {
            newLine(out, depth);
        }
        out.append(members == null ? ']' : '}');
    }

    private static void separate(StringBuilder out, int start, int depth) {
        if (out.length() > start) {
            out.append(',');
        }
        newLine(out, depth);
    }

    private static void newLine(StringBuilder out, int depth) {
        if (depth >= 0) {
            out.append('\n');
            out.repeat("  ", depth);
        }
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                escape(out, c);
            } else if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
                out.append(c).append(text.charAt(++i));
            } else {
                out.append('\uFFFD'); // half a character cannot be written as UTF-8
            }
        }
        out.append('"');
    }

    private static void escape(StringBuilder out, char c) {
        switch (c) {
            case '"', '\\' -> out.append('\\').append(c);
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < 0x20 || c == 0x7F || c == 0x2028 || c == 0x2029) {
                    out.append("\\u");
                    for (int shift = 12; shift >= 0; shift -= 4) {
                        out.append(Character.forDigit(c >> shift & 15, 16));
                    }
                } else {
                    out.append(c);
                }
            }
        }
    }
}
