package dev.outrigger.dev;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import dev.outrigger.proto.nds.NameTable;
import dev.outrigger.testkit.Checkout;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/// Files for tests.
final class DevFiles {
    private DevFiles() {}

    static <K, V> V at(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key));
    }

    static String hello() throws IOException {
        return Files.readString(Checkout.root().resolve("examples/hello.yaml"));
    }

    static DevFile parse(String... lines) throws DevFileException {
        return DevFile.parse("dev.yaml", String.join("\n", lines) + "\n");
    }

    static List<String> problems(String... lines) {
        return problemsOf(String.join("\n", lines) + "\n");
    }

    static List<String> problemsOf(String yaml) {
        try {
            DevFile.parse("dev.yaml", yaml);
            return List.of();
        } catch (DevFileException e) {
            return e.problems();
        }
    }

    /// A file with these resources: type → name → a number that makes its content.
    static DevFile of(Map<ResourceType, Map<String, Integer>> contents) {
        var resources = new EnumMap<ResourceType, Map<String, Any>>(ResourceType.class);
        contents.forEach((type, all) -> {
            var some = new TreeMap<String, Any>();
            all.forEach((name, content) -> some.put(name, MessageReader.pack(message(type, name, content))));
            resources.put(type, some);
        });
        return new DevFile(Map.of(), Optional.empty(), resources);
    }

    static Message message(ResourceType type, String name, int content) {
        return switch (type) {
            case CLUSTERS ->
                Cluster.newBuilder()
                        .setName(name)
                        .setConnectTimeout(Durations.fromSeconds(content))
                        .build();
            case ENDPOINTS ->
                ClusterLoadAssignment.newBuilder()
                        .setClusterName(name)
                        .setPolicy(ClusterLoadAssignment.Policy.newBuilder()
                                .setEndpointStaleAfter(Durations.fromSeconds(content)))
                        .build();
            case LISTENERS ->
                Listener.newBuilder().setName(name).setStatPrefix("p" + content).build();
            case ROUTES ->
                RouteConfiguration.newBuilder()
                        .setName(name)
                        .addInternalOnlyHeaders("h" + content)
                        .build();
            case NAMES ->
                NameTable.newBuilder()
                        .putTable(
                                "n" + content,
                                NameTable.NameInfo.newBuilder()
                                        .addIps("127.0.0.1")
                                        .build())
                        .build();
        };
    }
}
