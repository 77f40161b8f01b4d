package dev.outrigger.agent.explain;

import dev.outrigger.agent.status.Page;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.xds.XdsHistory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Locale;
import java.util.stream.Collectors;

/// What each client holds now.
final class ResourceList {
    private ResourceList() {}

    static Page page(XdsHistory history, TypeFilter types, long wanted, Instant now) {
        var text = new Paper();
        var streams = new ArrayList<Json>();
        for (var stream : history.streams()) {
            if (XdsPages.isMeant(stream.id(), wanted)) {
                streams.add(stream(stream, types, text, now));
            }
        }
        if (streams.isEmpty()) {
            text.line(0, wanted == 0 ? "no client has a stream" : "no open stream " + wanted);
        }
        return new Page(200, text.toString(), Json.object().put("streams", streams));
    }

    private static Json stream(XdsHistory.Stream stream, TypeFilter types, Paper text, Instant now) {
        text.line(0, "stream " + stream.id() + " (" + stream.protocol() + "), node " + stream.node());
        var shown = new ArrayList<Json>();
        for (var type : stream.types()) {
            if (types.takes(type.typeUrl())) {
                shown.add(type(type, text, now));
            }
        }
        return Json.object()
                .put("id", stream.id())
                .put("protocol", stream.protocol())
                .put("node", stream.node())
                .put("types", shown);
    }

    private static Json type(XdsHistory.Type type, Paper text, Instant now) {
        text.line(
                2,
                TypeFilter.name(type.typeUrl()) + ": " + type.held().size() + " held, asked for "
                        + (type.wildcard() ? "everything" : type.asked().size() + " by name"));
        for (var resource : type.held()) {
            text.line(
                    4,
                    String.format(
                            Locale.ROOT,
                            "%-40s %-12s %8s  since %s",
                            resource.name(),
                            resource.version(),
                            resource.bytes() == 0 ? "" : Paper.size(resource.bytes()),
                            Paper.moment(resource.since(), now)));
        }
        var held = type.held().stream().map(XdsHistory.Resource::name).collect(Collectors.toSet());
        var missing = type.asked().stream()
                .filter(name -> !held.contains(name))
                .sorted()
                .toList();
        missing.forEach(name -> text.line(4, String.format(Locale.ROOT, "%-40s asked for, not held", name)));
        return Json.object()
                .put("type_url", type.typeUrl())
                .put("wildcard", type.wildcard())
                .put("held", type.held().stream().map(ResourceList::json).toList())
                .put("missing", missing);
    }

    static Json json(XdsHistory.Resource resource) {
        return Json.object()
                .put("name", resource.name())
                .put("version", resource.version())
                .put("bytes", resource.bytes())
                .put("since", resource.since().toString())
                .put("changed_by", resource.changedBy())
                .put("carried_by", resource.carriedBy());
    }
}
