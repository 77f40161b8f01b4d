package dev.outrigger.agent.explain;

import dev.outrigger.bootstrap.Json;
import dev.outrigger.xds.XdsPush;
import dev.outrigger.xds.XdsPush.Names;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Pushes, as text and as JSON.
final class Pushes {
    /// Names of one kind in a list of many pushes.
    static final int FEW = 6;
    /// All names that are kept.
    static final int ALL = Integer.MAX_VALUE;

    private Pushes() {}

    /// Its head, its names, and the reason when it was refused.
    ///
    /// @param limit names of one kind
    static void write(XdsPush push, Paper text, Instant now, int limit) {
        text.line(
                0,
                String.format(
                        Locale.ROOT,
                        "#%-5d %s  stream %d  %s%s, %s, %s: %s",
                        push.number(),
                        Paper.moment(push.at(), now),
                        push.stream(),
                        TypeFilter.name(push.typeUrl()),
                        push.version().isEmpty() ? "" : " version " + push.version(),
                        count(push.resources()),
                        Paper.size(push.bytes()),
                        answer(push)));
        names(text, "added", push.added(), limit);
        names(text, "changed", push.changed(), limit);
        names(text, "removed", push.removed(), limit);
        reason(text, 7, push);
    }

    /// The client's words for a refusal, if there was one.
    static void reason(Paper text, int indent, XdsPush push) {
        if (!push.reason().isEmpty()) {
            text.wrapped(indent, "reason", List.of(push.reason().split("\\s+")));
        }
    }

    /// `ACK after 3 ms`, or what else became of it.
    static String answer(XdsPush push) {
        var after = push.took().map(took -> " after " + took.toMillis() + " ms").orElse("");
        return switch (push.answer()) {
            case WAITING -> "no answer yet";
            case ACK, NACK -> push.answer() + after;
            case SKIPPED -> "no answer, the client answered a later one";
            case CLOSED -> "no answer, the stream ended";
        };
    }

    static Json json(List<XdsPush> pushes) {
        return Json.object().put("pushes", pushes.stream().map(Pushes::json).toList());
    }

    static Json json(XdsPush push) {
        var json = Json.object()
                .put("number", push.number())
                .put("at", push.at().toString())
                .put("stream", push.stream())
                .put("type_url", push.typeUrl())
                .put("version", push.version())
                .put("bytes", push.bytes())
                .put("resources", push.resources())
                .put("added", json(push.added()))
                .put("changed", json(push.changed()))
                .put("removed", json(push.removed()))
                .put("answer", push.answer().name());
        if (!push.reason().isEmpty()) {
            json.put("reason", push.reason());
        }
        push.took().ifPresent(took -> json.put("answered_after_ms", took.toMillis()));
        return json;
    }

    private static Json json(Names names) {
        return Json.object().put("count", names.count()).put("names", names.names());
    }

    private static void names(Paper text, String label, Names names, int limit) {
        if (names.count() == 0) {
            return;
        }
        var shown = new ArrayList<>(
                names.names().subList(0, Math.min(limit, names.names().size())));
        var more = names.count() - shown.size();
        if (more > 0) {
            shown.add("… and " + more + " more");
        }
        text.wrapped(7, label, shown);
    }

    private static String count(int resources) {
        return resources == 1 ? "1 resource" : resources + " resources";
    }
}
