package dev.outrigger.agent.cli;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.dev.ControlPlane;
import dev.outrigger.dev.ResourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Shows what the embedded control plane does, one line each.
final class DevLog implements ControlPlane.Listener {
    private static final System.Logger log = System.getLogger("dev.outrigger.dev");
    private static final int NAMES = 5;

    @Override
    public void streamOpened(String node) {
        log.log(INFO, "{0} asks the control plane", node);
    }

    @Override
    public void pushed(String node, String typeUrl, String version, ControlPlane.Changes changes) {
        var parts = new ArrayList<String>();
        describe("added", changes.added(), parts);
        describe("changed", changes.changed(), parts);
        describe("removed", changes.removed(), parts);
        var level = parts.isEmpty() ? DEBUG : INFO;
        log.log(level, "push {0} version={1}: {2}", ResourceType.label(typeUrl), version, String.join("; ", parts));
    }

    @Override
    public void acked(String node, String typeUrl, String version, Duration took) {
        log.log(
                INFO,
                "push {0} version={1} accepted after_ms={2}",
                ResourceType.label(typeUrl),
                version,
                Long.toString(took.toMillis()));
    }

    @Override
    public void nacked(String node, String typeUrl, String version, String reason) {
        // The agent, which passes the answer on, tells it with Envoy's reason.
    }

    @Override
    public void streamClosed(String node) {
        log.log(INFO, "{0} left the control plane", node);
    }

    private static void describe(String what, List<String> names, List<String> parts) {
        if (names.isEmpty()) {
            return;
        }
        var shown = String.join(", ", names.subList(0, Math.min(NAMES, names.size())));
        var more = names.size() > NAMES ? " and " + (names.size() - NAMES) + " more" : "";
        parts.add(what + " " + shown + more);
    }
}
