package dev.outrigger.agent.explain;

import dev.outrigger.xds.XdsHistory;
import dev.outrigger.xds.XdsPush;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Which types are meant: all, or the one whose short name (`cds`), own name (`Cluster`) or URL was given, in any
/// case.
record TypeFilter(String wanted) {
    private static final Map<String, String> SHORT = Map.of(
            "cds", "cluster",
            "ecds", "typedextensionconfig",
            "eds", "clusterloadassignment",
            "lds", "listener",
            "nds", "nametable",
            "rds", "routeconfiguration",
            "rtds", "runtime",
            "sds", "secret",
            "srds", "scopedrouteconfiguration",
            "vhds", "virtualhost");

    /// @param text empty for all types
    /// @throws IllegalArgumentException when it is neither a short name nor a type that was ever asked for
    ///     or pushed
    static TypeFilter of(String text, XdsHistory history) {
        var lower = text.toLowerCase(Locale.ROOT);
        var filter = new TypeFilter(SHORT.getOrDefault(lower, lower));
        if (text.isEmpty()) {
            return filter;
        }
        var known = new TreeSet<String>();
        Stream.concat(
                        history.pushes().stream().map(XdsPush::typeUrl),
                        history.streams().stream()
                                .flatMap(stream -> stream.types().stream())
                                .map(XdsHistory.Type::typeUrl))
                .forEach(known::add);
        if (!SHORT.containsKey(lower)
                && !SHORT.containsValue(lower)
                && known.stream().noneMatch(filter::takes)) {
            throw new IllegalArgumentException("type " + text + ": no such type here; there are "
                    + String.join(", ", known.stream().map(TypeFilter::name).toList()) + "; short: "
                    + String.join(", ", new TreeSet<>(SHORT.keySet())));
        }
        return filter;
    }

    boolean takes(String typeUrl) {
        return wanted.isEmpty()
                || typeUrl.toLowerCase(Locale.ROOT).equals(wanted)
                || name(typeUrl).toLowerCase(Locale.ROOT).equals(wanted);
    }

    /// `Cluster`: the type's own name.
    static String name(String typeUrl) {
        return typeUrl.substring(typeUrl.lastIndexOf('.') + 1);
    }
}
