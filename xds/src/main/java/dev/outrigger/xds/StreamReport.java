package dev.outrigger.xds;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// What the outside hears of one stream. Written by the stream's context; {@link #status} may be read from any
/// thread.
final class StreamReport {
    private static final String WAITING = "waiting";

    private final long id;
    private final Protocol protocol;
    private final XdsObserver observer;
    private final XdsMetrics metrics;
    private final Holdings holdings;
    private final Map<String, XdsStatus.Type> types = new ConcurrentSkipListMap<>();
    private volatile String node = "";

    StreamReport(long id, Protocol protocol, XdsObserver observer, XdsMetrics metrics, Journal journal) {
        this.id = id;
        this.protocol = protocol;
        this.observer = observer;
        this.metrics = metrics;
        this.holdings = new Holdings(id, protocol, journal);
        metrics.streamOpened();
        observer.streamOpened(id);
    }

    void node(String id) {
        node = id;
    }

    /// The client subscribes, unsubscribes or answers.
    ///
    /// @param names it is subscribed to now; 0 for a wildcard
    void asked(Request request, int names) {
        holdings.asked(request);
        subscribed(request.typeUrl(), names);
        if (request.isAnswer()) {
            answered(request.typeUrl(), request.nonce(), request.version(), request.error());
        }
    }

    /// The agent asks for a type that it consumes itself.
    void askedByAgent(String typeUrl) {
        holdings.askedForAll(typeUrl);
        subscribed(typeUrl, 0);
    }

    private void subscribed(String typeUrl, int names) {
        types.merge(
                typeUrl,
                new XdsStatus.Type(typeUrl, "", "", 0, names),
                (old, _) -> new XdsStatus.Type(typeUrl, old.version(), old.answer(), old.pushes(), names));
    }

    /// The push goes to the client now.
    void pushed(Push push) {
        pushed(push, holdings.now());
    }

    /// @param at when the client had it
    void pushed(Push push, Instant at) {
        types.merge(
                push.typeUrl(),
                new XdsStatus.Type(push.typeUrl(), push.version(), WAITING, 1, 0),
                (old, _) -> new XdsStatus.Type(
                        push.typeUrl(), push.version(), WAITING, old.pushes() + 1, old.subscribed()));
        holdings.pushed(push, at);
        metrics.pushed(push.typeUrl(), push.raw().length());
        observer.pushed(id, push.typeUrl(), push.version(), push.raw().length(), push.count());
    }

    /// What the agent says to a push of a type that it consumes itself: an ACK, or a NACK when there is an error.
    void answeredByAgent(Push push, @Nullable String error) {
        answered(push.typeUrl(), push.nonce(), push.version(), error);
    }

    private void answered(String typeUrl, String nonce, String version, @Nullable String error) {
        holdings.answered(typeUrl, nonce, version, error);
        told(typeUrl, error);
    }

    private void told(String typeUrl, @Nullable String error) {
        var answer = error == null ? "ACK" : "NACK: " + error;
        var type = types.computeIfPresent(
                typeUrl,
                (_, old) -> new XdsStatus.Type(typeUrl, old.version(), answer, old.pushes(), old.subscribed()));
        var version = type == null ? "" : type.version();
        if (error == null) {
            metrics.acked(typeUrl);
            observer.acked(id, typeUrl, version);
        } else {
            metrics.nacked(typeUrl);
            observer.nacked(id, typeUrl, version, error);
        }
    }

    void closed() {
        holdings.closed();
        metrics.streamClosed();
        observer.streamClosed(id);
    }

    XdsHistory.Stream history() {
        return new XdsHistory.Stream(id, protocol.label(), node, holdings.types());
    }

    List<XdsTrouble> troubles(Instant now, Duration limit) {
        return holdings.troubles(now, limit);
    }

    XdsStatus.Stream status() {
        return new XdsStatus.Stream(
                id, protocol.label(), node, types.values().stream().toList());
    }
}
