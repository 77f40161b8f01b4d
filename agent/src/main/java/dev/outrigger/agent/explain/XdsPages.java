package dev.outrigger.agent.explain;

import dev.outrigger.agent.status.Page;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.xds.XdsHistory;
import dev.outrigger.xds.XdsPush;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// Answers `GET /debug/xds`. Its parameters: `show` (`log`, `diff`, `resources` or `why`; `log` unless given),
/// `type` (see {@link TypeFilter}), `stream` (number), `last` (how many pushes, for `log`), `name` (of a
/// resource, for `why`).
public final class XdsPages {
    private static final int LAST = 20;

    private XdsPages() {}

    /// One answer: 400 for a parameter that makes no sense, 404 for a resource of which nothing is known.
    public static Page page(XdsHistory history, Map<String, String> query, Instant now) {
        try {
            var types = TypeFilter.of(query.getOrDefault("type", ""), history);
            var stream = number(query, "stream", 0);
            return switch (query.getOrDefault("show", "log")) {
                case "log" -> log(history, types, stream, number(query, "last", LAST), now);
                case "diff" -> diff(history, types, stream, now);
                case "resources" -> ResourceList.page(history, types, stream, now);
                case "why" -> Why.page(history, types, stream, query.getOrDefault("name", ""), now);
                default -> throw new IllegalArgumentException("show: write log, diff, resources or why");
            };
        } catch (IllegalArgumentException e) {
            var reason = String.valueOf(e.getMessage());
            return new Page(400, reason + "\n", Json.object().put("error", reason));
        }
    }

    /// Whether a stream is meant.
    ///
    /// @param wanted its number; 0 for all
    static boolean isMeant(long stream, long wanted) {
        return wanted == 0 || stream == wanted;
    }

    private static Page log(XdsHistory history, TypeFilter types, long stream, long last, Instant now) {
        var all = chosen(history, types, stream);
        var shown = all.subList((int) Math.max(0, all.size() - last), all.size());
        var text = new Paper();
        if (shown.isEmpty()) {
            text.line(0, nothing(history));
        } else if (shown.size() < all.size()) {
            text.line(0, "the last " + shown.size() + " of " + all.size() + " pushes; --last shows more");
        }
        shown.forEach(push -> Pushes.write(push, text, now, Pushes.FEW));
        return new Page(200, text.toString(), Pushes.json(shown).put("forgotten", history.forgotten()));
    }

    private static Page diff(XdsHistory history, TypeFilter types, long stream, Instant now) {
        var seen = new HashSet<String>();
        var shown = chosen(history, types, stream).reversed().stream()
                .filter(push -> seen.add(push.stream() + " " + push.typeUrl()))
                .toList()
                .reversed();
        var text = new Paper();
        if (shown.isEmpty()) {
            text.line(0, nothing(history));
        }
        shown.forEach(push -> Pushes.write(push, text, now, Pushes.ALL));
        return new Page(200, text.toString(), Pushes.json(shown).put("forgotten", history.forgotten()));
    }

    private static List<XdsPush> chosen(XdsHistory history, TypeFilter types, long stream) {
        var chosen = new ArrayList<XdsPush>();
        for (var push : history.pushes()) {
            if (types.takes(push.typeUrl()) && isMeant(push.stream(), stream)) {
                chosen.add(push);
            }
        }
        return chosen;
    }

    private static String nothing(XdsHistory history) {
        return history.pushes().isEmpty()
                ? "no push yet; outrigger status shows whether the control plane is connected"
                : "no such push among the last " + history.pushes().size();
    }

    private static long number(Map<String, String> query, String name, long fallback) {
        var text = query.getOrDefault(name, "");
        if (text.isEmpty()) {
            return fallback;
        }
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) == 0) {
            throw new IllegalArgumentException(name + "=" + text + ": write a number from 1 on");
        }
        return Integer.parseInt(text);
    }
}
