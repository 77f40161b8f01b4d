package dev.outrigger.agent.runtime;

import dev.outrigger.agent.envoy.DrainStatus;
import dev.outrigger.agent.envoy.EnvoySupervisor;
import dev.outrigger.agent.explain.CertsPage;
import dev.outrigger.agent.explain.DnsPages;
import dev.outrigger.agent.explain.LogPage;
import dev.outrigger.agent.explain.XdsPages;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.log.LogLevels;
import dev.outrigger.agent.status.Page;
import dev.outrigger.agent.status.Pages;
import dev.outrigger.agent.status.ReadyPage;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.dns.DnsProxy;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.sds.Identity;
import dev.outrigger.sds.IdentitySource;
import dev.outrigger.sds.IdentityStatus;
import dev.outrigger.sds.SdsServer;
import dev.outrigger.xds.XdsProxy;
import dev.outrigger.xds.XdsStatus;
import dev.outrigger.xds.XdsTrouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What the agent knows of itself, as text and as JSON. Everything it asks answers without waiting.
final class AgentPages implements Pages {
    private final HealthBoard board;
    private final Stops stops;
    private final Leaving leaving;
    private final InstantSource clock;
    private final IdentitySource identity;
    private final SdsServer sds;
    private final XdsProxy xds;
    private final @Nullable DnsProxy dns;
    private final @Nullable EnvoySupervisor envoy;
    private final CrashReports crashes;
    private final LogLevels levels;

    AgentPages(
            HealthBoard board,
            Stops stops,
            Leaving leaving,
            InstantSource clock,
            IdentitySource identity,
            SdsServer sds,
            XdsProxy xds,
            @Nullable DnsProxy dns,
            @Nullable EnvoySupervisor envoy,
            CrashReports crashes,
            LogLevels levels) {
        this.levels = levels;
        this.crashes = crashes;
        this.board = board;
        this.stops = stops;
        this.leaving = leaving;
        this.clock = clock;
        this.identity = identity;
        this.sds = sds;
        this.xds = xds;
        this.dns = dns;
        this.envoy = envoy;
    }

    @Override
    public Page status() {
        var now = clock.instant();
        var readiness = board.readiness();
        var text = new Lines();
        var json = Json.object()
                .put("version", Version.number())
                .put("pid", ProcessHandle.current().pid())
                .put("ready", readiness.ready())
                .put("readiness", ReadyPage.json(readiness));
        text.line("agent", Version.line() + ", pid " + ProcessHandle.current().pid());
        text.line("ready", readiness.ready() ? "yes" : "no");
        readiness
                .conditions()
                .forEach(c -> text.line(
                        "  " + c.name(),
                        (c.met() ? "ok" : c.blocks() ? "BLOCKS" : "unmet") + ", " + c.reason() + " (for "
                                + age(c.since(), now) + ")"));
        addEnvoy(text, json, now);
        leaving.status().ifPresent(drain -> addDrain(text, json, drain, now));
        addXds(text, json, xds.status(), now);
        addLastKnownGood(text, json, now);
        json.put("identity", identity(identity.status(), text, now));
        addDns(text, json);
        return new Page(readiness.ready() ? 200 : 503, text.toString(), json);
    }

    private void addEnvoy(Lines text, Json json, Instant now) {
        if (envoy == null) {
            text.line("envoy", "not run by this agent");
            return;
        }
        var status = envoy.status();
        var ready = status.readyAfter()
                .map(d -> "ready after " + d.toMillis() + " ms")
                .orElse("not ready");
        var last = status.lastExit().map(e -> ", last exit status " + e).orElse("");
        text.line(
                "envoy",
                "pid " + status.pid() + ", up " + age(status.since(), now) + ", " + ready + ", restarts "
                        + status.restarts() + last);
        var object = Json.object()
                .put("pid", status.pid())
                .put("since", status.since().toString())
                .put("restarts", status.restarts());
        status.readyAfter().ifPresent(d -> object.put("ready_after_ms", d.toMillis()));
        status.lastExit().ifPresent(e -> object.put("last_exit_status", e));
        if (crashes.lastFolder().isPresent()) {
            text.line("  last crash", crashes.lastFolder().get().toString());
            object.put("last_crash", crashes.lastFolder().get().toString());
        }
        json.put("envoy", object);
    }

    private static void addDrain(Lines text, Json json, DrainStatus drain, Instant now) {
        text.line(
                "drain",
                "for " + age(drain.since(), now) + ", asked for by " + drain.by() + ": "
                        + drain.ended().orElse("waits for " + drain.waitsFor()));
        var object = Json.object()
                .put("since", drain.since().toString())
                .put("by", drain.by())
                .put("in_flight", drain.waitsFor());
        drain.ended().ifPresent(how -> object.put("ended", how));
        json.put("drain", object);
    }

    private static void addXds(Lines text, Json json, XdsStatus status, Instant now) {
        text.line(
                "xds",
                (status.connected() ? "connected to " : "NOT connected to ") + status.controlPlane() + " for "
                        + age(status.since(), now)
                        + status.lastError().map(e -> ", last error: " + e).orElse(""));
        var streams = status.streams().stream()
                .map(stream -> {
                    text.line("  stream " + stream.id(), stream.protocol() + ", node " + stream.node());
                    return Json.object()
                            .put("id", stream.id())
                            .put("protocol", stream.protocol())
                            .put("node", stream.node())
                            .put(
                                    "types",
                                    stream.types().stream()
                                            .map(type -> type(type, text))
                                            .toList());
                })
                .toList();
        var troubles = status.troubles().stream()
                .map(trouble -> trouble(trouble, text, now))
                .toList();
        var object = Json.object()
                .put("connected", status.connected())
                .put("control_plane", status.controlPlane())
                .put("since", status.since().toString())
                .put("streams", streams)
                .put("troubles", troubles);
        status.lastError().ifPresent(e -> object.put("last_error", e));
        json.put("xds", object);
    }

    private static Json trouble(XdsTrouble trouble, Lines text, Instant now) {
        var kind = trouble.kind().name().toLowerCase(Locale.ROOT);
        text.line(
                "  TROUBLE on stream " + trouble.stream(),
                shortName(trouble.typeUrl()) + ", " + kind.replace('_', ' ') + " for " + age(trouble.since(), now)
                        + ": " + trouble.reason());
        return Json.object()
                .put("stream", trouble.stream())
                .put("type_url", trouble.typeUrl())
                .put("kind", kind)
                .put("since", trouble.since().toString())
                .put("reason", trouble.reason());
    }

    private static String shortName(String typeUrl) {
        return typeUrl.substring(typeUrl.lastIndexOf('.') + 1);
    }

    private void addLastKnownGood(Lines text, Json json, Instant now) {
        var kept = xds.lastKnownGood();
        if (kept.isEmpty()) {
            return;
        }
        var asOf = kept.get().asOf();
        int count = kept.get().resources().values().stream()
                .mapToInt(Integer::intValue)
                .sum();
        var object = Json.object().put("serving", kept.get().serving());
        if (asOf.equals(Instant.EPOCH)) {
            text.line("last known good", "nothing yet");
        } else {
            object.put("as_of", asOf.toString());
            text.line(
                    "last known good",
                    (kept.get().serving() ? "SERVING " : "") + count + " resources as of " + asOf + " ("
                            + age(asOf, now) + " ago)");
        }
        var resources = Json.object();
        new TreeMap<>(kept.get().resources()).forEach(resources::put);
        json.put("last_known_good", object.put("resources", resources));
    }

    private static Json type(XdsStatus.Type type, Lines text) {
        var shortName = shortName(type.typeUrl());
        text.line(
                "    " + shortName,
                type.answer() + ", pushes " + type.pushes()
                        + (type.version().isEmpty() ? "" : ", version " + type.version())
                        + ", subscribed to " + (type.subscribed() == 0 ? "all" : type.subscribed() + " names"));
        return Json.object()
                .put("type_url", type.typeUrl())
                .put("version", type.version())
                .put("answer", type.answer())
                .put("pushes", type.pushes())
                .put("subscribed", type.subscribed());
    }

    private void addDns(Lines text, Json json) {
        if (dns == null) {
            return;
        }
        var status = dns.status();
        var nameservers = status.nameservers().stream().map(LocalHttp::text).toList();
        text.line(
                "dns",
                status.names() + " hosts, " + status.cached() + " replies kept, the rest "
                        + (nameservers.isEmpty()
                                ? "fails: no nameserver"
                                : "goes to " + String.join(", ", nameservers)));
        var object = Json.object()
                .put("names", status.names())
                .put("table_received", status.tableReceived())
                .put("cached", status.cached())
                .put("nameservers", nameservers);
        if (status.lastForwardError() != null) {
            text.line("  last error", status.lastForwardError());
            object.put("last_forward_error", status.lastForwardError());
        }
        json.put("dns", object);
    }

    @Override
    public Page certs(Map<String, String> query) {
        return CertsPage.page(identity.latest().get(), identity.status(), sds.status(), query, clock.instant());
    }

    private static Json identity(IdentityStatus status, Lines text, Instant now) {
        var id = status.spiffeId() == null ? "none yet" : status.spiffeId();
        var json = Json.object()
                .put("source", status.source())
                .put("spiffe_id", id)
                .put("rotations", status.rotations());
        text.line("identity", id + ", from " + status.source());
        addMoment(json, text, "received", status.receivedAt(), now);
        addMoment(json, text, "expires", status.expiresAt(), now);
        addMoment(json, text, "next rotation", status.nextRotation(), now);
        text.line("  rotations", Long.toString(status.rotations()));
        if (status.lastError() != null) {
            json.put("last_error", status.lastError());
            text.line("  last error", status.lastError());
            addMoment(json, text, "last error at", status.lastErrorAt(), now);
        }
        return json;
    }

    private static void addMoment(Json json, Lines text, String name, @Nullable Instant at, Instant now) {
        if (at != null) {
            json.put(name.replace(' ', '_'), at.toString());
            text.line(
                    "  " + name, at + (at.isAfter(now) ? " (in " + age(now, at) + ")" : " (" + age(at, now) + " ago)"));
        }
    }

    @Override
    public Page xds(Map<String, String> query) {
        return XdsPages.page(xds.history(), query, clock.instant());
    }

    @Override
    public Page dns(Map<String, String> query) {
        if (dns == null) {
            var reason = "this agent runs no DNS proxy (no-dns)";
            return new Page(404, reason + "\n", Json.object().put("error", reason));
        }
        return DnsPages.page(dns, query);
    }

    @Override
    public Page log(String method, Map<String, String> query) {
        var now = clock.instant();
        return method.equals("POST") ? LogPage.change(levels, query, now) : LogPage.show(levels, now);
    }

    @Override
    public CompletionStage<String> rotate() {
        return identity.renew("asked for by POST /debug/certs/rotate").thenApply(AgentPages::describe);
    }

    private static String describe(Identity identity) {
        return "rotated: " + identity.spiffeId() + " expires " + identity.expiresAt();
    }

    @Override
    public CompletionStage<String> drain(String by) {
        stops.askToDrain(by);
        return leaving.drained();
    }

    @Override
    public void quit() {
        stops.offer(new StopReason.QuitRequested());
    }

    /// `2m`, `3h12m`: the two largest units.
    static String age(Instant from, Instant to) {
        var seconds = Math.max(0, Duration.between(from, to).toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        if (seconds < 86400) {
            return seconds / 3600 + "h" + seconds / 60 % 60 + "m";
        }
        return seconds / 86400 + "d" + seconds / 3600 % 24 + "h";
    }
}
