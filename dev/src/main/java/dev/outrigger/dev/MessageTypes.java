package dev.outrigger.dev;

import com.google.protobuf.Message;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the message of an `@type` among the generated classes of Envoy's API, whose Java names follow from the type's.
final class MessageTypes {
    static final String PREFIX = "type.googleapis.com/";
    private static final int LONGEST = 300;
    private static final Pattern NAME = Pattern.compile("[a-z]\\w*(\\.[a-z]\\w*)*(\\.[A-Z]\\w*)+");
    private static final Pattern CLASSES = Pattern.compile("\\.[A-Z].*");

    private MessageTypes() {}

    /// @param type for example `type.googleapis.com/envoy.extensions.filters.http.router.v3.Router`
    /// @return the empty message; null when there is no such type here
    static @Nullable Message find(String type) {
        var name = type.substring(type.lastIndexOf('/') + 1);
        var className = className(name);
        if (className == null) {
            return null;
        }
        try {
            var found = Class.forName(className, false, MessageTypes.class.getClassLoader());
            if (!Message.class.isAssignableFrom(found)) {
                return null;
            }
            var message = (Message) found.getMethod("getDefaultInstance").invoke(null);
            return message.getDescriptorForType().getFullName().equals(name) ? message : null;
        } catch (ReflectiveOperationException | LinkageError _) {
            return null;
        }
    }

    private static @Nullable String className(String name) {
        if (name.length() > LONGEST || !NAME.matcher(name).matches()) {
            return null;
        }
        var javaName = CLASSES.matcher(name)
                .replaceFirst(m ->
                        "." + Matcher.quoteReplacement(m.group().substring(1).replace('.', '$')));
        return switch (name.substring(0, name.indexOf('.'))) {
            case "envoy" -> "io.envoyproxy." + javaName;
            case "xds" -> "com.github." + javaName;
            case "udpa" -> "com.github.udpa." + javaName;
            case "google" -> "com." + javaName;
            default -> null;
        };
    }
}
