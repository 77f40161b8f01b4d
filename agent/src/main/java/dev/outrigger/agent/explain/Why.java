package dev.outrigger.agent.explain;

import dev.outrigger.agent.config.Spelling;
import dev.outrigger.agent.status.Page;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.xds.XdsHistory;
import dev.outrigger.xds.XdsPush;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/// Everything known of the resources of one name: who holds them, since when, and what the last pushes did to
/// them.
final class Why {
    private static final int CANDIDATES = 20;
    /// Pushes shown for one resource, the newest first.
    private static final int PUSHES = 5;

    private final XdsHistory history;
    private final TypeFilter types;
    private final long wanted;
    private final Instant now;

    private Why(XdsHistory history, TypeFilter types, long wanted, Instant now) {
        this.history = history;
        this.types = types;
        this.wanted = wanted;
        this.now = now;
    }

    /// @param asked name of a resource, or a part that only one name has
    static Page page(XdsHistory history, TypeFilter types, long wanted, String asked, Instant now) {
        if (asked.isEmpty()) {
            throw new IllegalArgumentException("name: give the name of a resource, or a part of it");
        }
        return new Why(history, types, wanted, now).page(asked);
    }

    private Page page(String asked) {
        var known = names();
        var like = known.stream()
                .filter(name -> lower(name).contains(lower(asked)))
                .filter(name -> !name.equals(asked))
                .toList();
        if (known.contains(asked)) {
            return found(asked, like);
        }
        return like.size() == 1 ? found(like.getFirst(), List.of()) : unknown(asked, like, known);
    }

    private Page unknown(String asked, List<String> like, SortedSet<String> known) {
        var guesses = like.isEmpty() ? near(asked, known) : like;
        var shown = guesses.subList(0, Math.min(CANDIDATES, guesses.size()));
        var text = new Paper();
        text.line(
                0,
                like.isEmpty()
                        ? "nobody asked for " + asked + " by name, nobody holds it, and no push that is kept names it"
                        : like.size() + " names have " + asked + " in them; write one of them out:");
        if (!shown.isEmpty()) {
            text.wrapped(2, like.isEmpty() ? "did you mean" : "", shown);
        }
        return new Page(404, text.toString(), Json.object().put("name", asked).put("did_you_mean", shown));
    }

    private static List<String> near(String asked, SortedSet<String> known) {
        return known.stream()
                .filter(name -> Spelling.distance(lower(name), lower(asked)) <= Math.max(2, asked.length() / 4))
                .sorted(Comparator.comparingInt(name -> Spelling.distance(lower(name), lower(asked))))
                .toList();
    }

    private SortedSet<String> names() {
        var names = new TreeSet<String>();
        for (var push : history.pushes()) {
            if (isMeant(push)) {
                names.addAll(push.added().names());
                names.addAll(push.changed().names());
                names.addAll(push.removed().names());
            }
        }
        for (var stream : history.streams()) {
            for (var type : typesOf(stream)) {
                names.addAll(type.asked());
                type.held().forEach(resource -> names.add(resource.name()));
            }
        }
        return names;
    }

    private Page found(String name, List<String> like) {
        var text = new Paper();
        text.line(0, name);
        var places = new ArrayList<Json>();
        for (var stream : history.streams()) {
            for (var type : typesOf(stream)) {
                var pushes = touching(name, stream.id(), type.typeUrl());
                var held = type.held().stream().anyMatch(it -> it.name().equals(name));
                if (held || type.asked().contains(name) || !pushes.isEmpty()) {
                    places.add(place(name, stream, type, pushes, text));
                }
            }
        }
        var closed = closed(name, text);
        if (!like.isEmpty()) {
            text.wrapped(0, "see also", like.subList(0, Math.min(CANDIDATES, like.size())));
        }
        return new Page(
                200,
                text.toString(),
                Json.object()
                        .put("name", name)
                        .put("places", places)
                        .put("on_closed_streams", closed)
                        .put("see_also", like));
    }

    private Json place(String name, XdsHistory.Stream stream, XdsHistory.Type type, List<XdsPush> pushes, Paper text) {
        text.line(
                2,
                TypeFilter.name(type.typeUrl()) + " on stream " + stream.id() + " (" + stream.protocol() + ", node "
                        + stream.node() + ")");
        var json = Json.object().put("stream", stream.id()).put("type_url", type.typeUrl());
        var held = type.held().stream().filter(it -> it.name().equals(name)).findFirst();
        text.wrapped(
                4,
                "held",
                List.of(held.map(this::held)
                        .orElseGet(() -> absent(name, pushes))
                        .split(" ")));
        held.ifPresent(it -> json.put("held", ResourceList.json(it)));
        var asked = type.asked().contains(name) ? "by name" : type.wildcard() ? "with everything" : "no, by nobody";
        text.wrapped(4, "asked", List.of(asked));
        json.put("asked", asked);
        pushes.forEach(push -> push(name, push, text));
        return json.put("pushes", pushes.stream().map(Pushes::json).toList());
    }

    private String held(XdsHistory.Resource held) {
        var by = held.changedBy() == 0
                ? "brought along by the client"
                : "from push #" + held.changedBy() + ", last carried by #" + held.carriedBy();
        return "yes, " + (held.version().isEmpty() ? "" : "version " + held.version() + ", ")
                + (held.bytes() == 0 ? "" : Paper.size(held.bytes()) + ", ") + "since "
                + Paper.moment(held.since(), now) + ", " + by;
    }

    private String absent(String name, List<XdsPush> pushes) {
        if (pushes.isEmpty()) {
            return "no: no push that is kept names it; the control plane has not sent it";
        }
        var last = pushes.getFirst();
        if (last.removed().names().contains(name)) {
            return "no: push #" + last.number() + " removed it, or told that it does not exist, at "
                    + Paper.moment(last.at(), now);
        }
        return switch (last.answer()) {
            case WAITING -> "not yet: the client has not answered push #" + last.number();
            case NACK -> "no: the client refused push #" + last.number();
            case ACK, SKIPPED, CLOSED -> "no: it was given up after push #" + last.number();
        };
    }

    private List<Json> closed(String name, Paper text) {
        var open = history.streams().stream().map(XdsHistory.Stream::id).toList();
        var pushes = history.pushes().reversed().stream()
                .filter(push -> isMeant(push) && push.touches(name) && !open.contains(push.stream()))
                .limit(PUSHES)
                .toList();
        if (!pushes.isEmpty()) {
            text.line(2, "on streams that are closed");
            pushes.forEach(push -> push(name, push, text));
        }
        return pushes.stream().map(Pushes::json).toList();
    }

    private void push(String name, XdsPush push, Paper text) {
        var did = push.added().names().contains(name)
                ? "added"
                : push.changed().names().contains(name) ? "changed" : "removed";
        text.line(
                4,
                "#" + push.number() + " " + did + " it at " + Paper.moment(push.at(), now)
                        + (push.version().isEmpty() ? "" : ", version " + push.version()) + ": "
                        + Pushes.answer(push));
        Pushes.reason(text, 6, push);
    }

    private List<XdsPush> touching(String name, long stream, String typeUrl) {
        return history.pushes().reversed().stream()
                .filter(push -> push.stream() == stream && push.typeUrl().equals(typeUrl) && push.touches(name))
                .limit(PUSHES)
                .toList();
    }

    private boolean isMeant(XdsPush push) {
        return types.takes(push.typeUrl()) && XdsPages.isMeant(push.stream(), wanted);
    }

    private List<XdsHistory.Type> typesOf(XdsHistory.Stream stream) {
        return XdsPages.isMeant(stream.id(), wanted)
                ? stream.types().stream()
                        .filter(it -> types.takes(it.typeUrl()))
                        .toList()
                : List.of();
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
