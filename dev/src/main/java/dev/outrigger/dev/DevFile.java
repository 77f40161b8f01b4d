package dev.outrigger.dev;

import com.google.protobuf.Any;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All that `outrigger dev` serves, from one YAML file.
///
/// @param settings of the agent, by key, as they stand in the file; not judged here
/// @param application where the built-in application listens; empty when there is none
/// @param resources by type and name; every type is there, {@link ResourceType#NAMES} with exactly one resource
public record DevFile(
        Map<String, Given> settings,
        Optional<InetSocketAddress> application,
        Map<ResourceType, Map<String, Any>> resources) {

    /// What a setting was given.
    ///
    /// @param texts one a value; NAME=VALUE for a mapping
    /// @param origin `file:line:column`
    public record Given(List<String> texts, String origin) {
        /// Copies the list.
        public Given {
            texts = List.copyOf(texts);
        }
    }

    /// Copies the maps, keeping their order.
    public DevFile {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        var copy = new EnumMap<ResourceType, Map<String, Any>>(ResourceType.class);
        for (var type : ResourceType.values()) {
            copy.put(type, Collections.unmodifiableMap(new LinkedHashMap<>(resources.getOrDefault(type, Map.of()))));
        }
        resources = Collections.unmodifiableMap(copy);
    }

    /// Reads a file.
    ///
    /// @throws DevFileException when it cannot be read or used, with every problem
    public static DevFile read(Path path) throws DevFileException {
        String yaml;
        try {
            yaml = Files.readString(path);
        } catch (IOException e) {
            throw new DevFileException(
                    List.of(path + ": cannot be read (" + e + "); give the path of a readable YAML file in UTF-8"));
        }
        return parse(path.toString(), yaml);
    }

    /// Reads a text.
    ///
    /// @param name of the file, for the problems
    /// @throws DevFileException when it cannot be used, with every problem
    public static DevFile parse(String name, String yaml) throws DevFileException {
        return DevFileParser.parse(name, yaml);
    }

    /// Where Envoy is told to listen: `host:port` or the path of a socket, by the listener's name.
    public Map<String, String> listeners() {
        var found = new LinkedHashMap<String, String>();
        resources(ResourceType.LISTENERS).forEach((name, any) -> found.put(name, Overview.address(any)));
        return found;
    }

    /// The names of the table.
    public List<String> names() {
        return resources(ResourceType.NAMES).values().stream()
                .flatMap(any -> Overview.table(any).getTableMap().keySet().stream())
                .toList();
    }

    /// The resources of one type, by name.
    public Map<String, Any> resources(ResourceType type) {
        return resources.getOrDefault(type, Map.of());
    }
}
