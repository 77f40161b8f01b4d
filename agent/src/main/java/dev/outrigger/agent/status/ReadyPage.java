package dev.outrigger.agent.status;

import dev.outrigger.bootstrap.Json;
import dev.outrigger.health.Readiness;
import java.util.Locale;

/// Readiness in the forms in which it is told.
public final class ReadyPage {
    private ReadyPage() {}

    /// `ready`, or one line for everything that is not as it should be: what does not gate readiness is often the
    /// cause of what does.
    static String text(Readiness readiness) {
        if (readiness.ready()) {
            return "ready\n";
        }
        var lines = new StringBuilder("not ready\n");
        readiness.conditions().stream()
                .filter(c -> !c.met())
                .forEach(c ->
                        lines.append(c.name()).append(": ").append(c.reason()).append('\n'));
        return lines.toString();
    }

    /// `{"ready":false,"conditions":[{"name":…,"gate":…,"met":…,"reason":…,"since":…}]}`.
    public static Json json(Readiness readiness) {
        var conditions = readiness.conditions().stream()
                .map(c -> Json.object()
                        .put("name", c.name())
                        .put("gate", c.gate().name().toLowerCase(Locale.ROOT))
                        .put("met", c.met())
                        .put("reason", c.reason())
                        .put("since", c.since().toString()))
                .toList();
        return Json.object().put("ready", readiness.ready()).put("conditions", conditions);
    }

    static Reply reply(Readiness readiness, boolean asJson) {
        var status = readiness.ready() ? 200 : 503;
        return asJson ? Reply.json(status, json(readiness).compact() + "\n") : Reply.text(status, text(readiness));
    }
}
