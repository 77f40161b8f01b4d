package dev.outrigger.dev;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads the sections of a file, collecting every problem.
final class DevFileParser {
    private static final List<String> SECTIONS = List.of("settings", "application", "names", "resources");
    private static final List<ResourceType> IN_FILE =
            List.of(ResourceType.CLUSTERS, ResourceType.ENDPOINTS, ResourceType.LISTENERS, ResourceType.ROUTES);

    private final Yaml yaml;
    private final References references = new References();
    private final Map<String, DevFile.Given> settings = new LinkedHashMap<>();
    private final Map<ResourceType, Map<String, Any>> resources = new EnumMap<>(ResourceType.class);
    /// Also those with problems, so that what refers to them is no second problem.
    private final Map<ResourceType, Set<String>> named = new EnumMap<>(ResourceType.class);

    private Optional<InetSocketAddress> application = Optional.empty();

    private DevFileParser(Yaml yaml) {
        this.yaml = yaml;
        named.put(ResourceType.NAMES, Set.of());
        IN_FILE.forEach(type -> named.put(type, new java.util.LinkedHashSet<>()));
        IN_FILE.forEach(type -> resources.put(type, new LinkedHashMap<>()));
    }

    static DevFile parse(String name, String text) throws DevFileException {
        var problems = new ArrayList<String>();
        var yaml = new Yaml(name, problems);
        var parser = new DevFileParser(yaml);
        var root = yaml.compose(text);
        if (root != null) {
            parser.sections(root);
        }
        if (!problems.isEmpty()) {
            throw new DevFileException(problems);
        }
        return new DevFile(parser.settings, parser.application, parser.resources);
    }

    private void sections(Node root) {
        var sections = yaml.mapping(root, "the file");
        var names = new NamesSection(yaml);
        sections.forEach((key, entry) -> {
            var node = entry.value();
            switch (key) {
                case "settings" -> settings(node);
                case "application" -> application(node);
                case "names" -> names.read(node);
                case "resources" -> resources(node);
                default -> yaml.problem(entry.key(), "no section " + key + Yaml.hint(key, SECTIONS));
            }
        });
        resources.put(ResourceType.NAMES, Map.of(NamesSection.RESOURCE, MessageReader.pack(names.table())));
        references.check(named, yaml);
    }

    private void settings(Node node) {
        if (Yaml.isNull(node)) {
            return; // all commented out
        }
        yaml.mapping(node, "settings")
                .forEach((key, entry) ->
                        settings.put(key, new DevFile.Given(texts(key, entry.value()), yaml.at(entry.key()))));
    }

    private List<String> texts(String key, Node node) {
        return switch (node) {
            case ScalarNode scalar -> scalar.getValue().isEmpty() ? List.of() : List.of(scalar.getValue());
            case SequenceNode list ->
                list.getValue().stream().map(item -> yaml.text(item, key)).toList();
            case MappingNode _ ->
                yaml.mapping(node, key).values().stream()
                        .map(e -> e.key().getValue() + "=" + yaml.text(e.value(), key))
                        .toList();
            default -> throw new IllegalStateException("an alias that was not resolved");
        };
    }

    private void application(Node node) {
        if (Yaml.isNull(node)) {
            return;
        }
        yaml.mapping(node, "application").forEach((key, entry) -> {
            if (key.equals("address")) {
                var text = yaml.text(entry.value(), "application.address");
                application = Addresses.parse(text);
                if (application.isEmpty()) {
                    yaml.problem(
                            entry.value(),
                            "application.address cannot be " + text
                                    + "; write an IP address and a port, for example 127.0.0.1:10080");
                }
            } else {
                yaml.problem(entry.key(), "no key " + key + " in application" + Yaml.hint(key, List.of("address")));
            }
        });
    }

    private void resources(Node node) {
        if (Yaml.isNull(node)) {
            return;
        }
        var sections = IN_FILE.stream().map(ResourceType::section).toList();
        yaml.mapping(node, "resources").forEach((key, entry) -> {
            if (sections.contains(key)) {
                var type = IN_FILE.get(sections.indexOf(key));
                resourcesOf(type, entry.value());
            } else {
                yaml.problem(entry.key(), "no section resources." + key + Yaml.hint(key, sections));
            }
        });
    }

    private void resourcesOf(ResourceType type, Node node) {
        if (!Yaml.isNull(node)) {
            yaml.list(node, "resources." + type.section()).forEach(item -> resource(type, item));
        }
    }

    private void resource(ResourceType type, Node node) {
        if (!(node instanceof MappingNode)) {
            yaml.problem(
                    node,
                    "an item of resources." + type.section() + " must be a mapping that begins with " + type.nameField()
                            + ": …");
            return;
        }
        var name = nameOf(type, node);
        var what = type.singular() + " " + (name.isEmpty() ? "without a name" : name);
        if (name.isEmpty()) {
            yaml.problem(node, what + ": add " + type.nameField() + ": …");
        } else if (!named.getOrDefault(type, Set.of()).add(name)) {
            yaml.problem(node, what + " is there twice; rename one");
        }
        var message = type.prototype().newBuilderForType();
        checkType(type, node, what);
        new MessageReader(yaml, what, references).read(node, message);
        var built = message.build();
        noteEndpoints(built, node, what);
        resources.getOrDefault(type, Map.of()).put(name, MessageReader.pack(built));
    }

    private static String nameOf(ResourceType type, Node node) {
        if (node instanceof MappingNode mapping) {
            for (var tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals(type.nameField())
                        && tuple.getValueNode() instanceof ScalarNode name) {
                    return Yaml.isNull(name) ? "" : name.getValue();
                }
            }
        }
        return "";
    }

    /// As copied from a file for Envoy, a resource may say what it is.
    private void checkType(ResourceType type, Node node, String what) {
        if (node instanceof MappingNode mapping) {
            for (var tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals("@type")
                        && !(tuple.getValueNode() instanceof ScalarNode url
                                && url.getValue().equals(type.typeUrl()))) {
                    yaml.problem(tuple.getValueNode(), what + ": @type must be " + type.typeUrl() + "; or remove it");
                }
            }
        }
    }

    private void noteEndpoints(Message message, Node node, String what) {
        if (message instanceof Cluster cluster && cluster.getType() == Cluster.DiscoveryType.EDS) {
            var service = cluster.getEdsClusterConfig().getServiceName();
            references.seenEdsCluster(service.isEmpty() ? cluster.getName() : service, node, what);
        }
    }
}
