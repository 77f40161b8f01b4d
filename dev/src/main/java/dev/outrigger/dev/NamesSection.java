package dev.outrigger.dev;

import dev.outrigger.proto.nds.NameTable;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads `names:` into the name table that the DNS proxy answers from.
final class NamesSection {
    /// The name of the one resource.
    static final String RESOURCE = "names";

    private static final List<String> KEYS = List.of("addresses", "registry", "namespace", "shortname");
    private static final Pattern NAME =
            Pattern.compile("(\\*\\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\\.?");
    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_LABEL = 63;

    private final Yaml yaml;
    private final NameTable.Builder table = NameTable.newBuilder();

    NamesSection(Yaml yaml) {
        this.yaml = yaml;
    }

    NameTable table() {
        return table.build();
    }

    void read(Node node) {
        if (Yaml.isNull(node)) {
            return;
        }
        yaml.mapping(node, "names").forEach((key, entry) -> {
            var name = key.toLowerCase(Locale.ROOT);
            if (!isName(name)) {
                yaml.problem(
                        entry.key(),
                        "names: " + key + " is no DNS name; write for example hello.demo.svc.cluster.local");
            }
            var info = info("name " + key, entry.value());
            table.putTable(name.endsWith(".") ? name.substring(0, name.length() - 1) : name, info);
        });
    }

    private static boolean isName(String name) {
        return name.length() <= LONGEST_NAME
                && NAME.matcher(name).matches()
                && name.chars().filter(c -> c == '.').count() < LONGEST_NAME
                && List.of(name.split("\\.")).stream().allMatch(label -> label.length() <= LONGEST_LABEL);
    }

    private NameTable.NameInfo info(String what, Node node) {
        var info = NameTable.NameInfo.newBuilder();
        if (!(node instanceof MappingNode)) {
            addresses(what, node, info);
            return info.build();
        }
        yaml.mapping(node, what).forEach((key, entry) -> {
            switch (key) {
                case "addresses" -> addresses(what, entry.value(), info);
                case "registry" -> info.setRegistry(yaml.text(entry.value(), what + ": registry"));
                case "namespace" -> info.setNamespace(yaml.text(entry.value(), what + ": namespace"));
                case "shortname" -> info.setShortname(yaml.text(entry.value(), what + ": shortname"));
                default -> yaml.problem(entry.key(), what + ": no key " + key + Yaml.hint(key, KEYS));
            }
        });
        return info.build();
    }

    private void addresses(String what, Node node, NameTable.NameInfo.Builder info) {
        for (var item : yaml.list(node, what + ": addresses")) {
            var text = yaml.text(item, what + ": an address");
            if (Addresses.literal(text).isEmpty()) {
                yaml.problem(item, what + ": " + text + " is no IP address; write for example 127.0.0.1 or ::1");
            }
            info.addIps(text);
        }
    }
}
