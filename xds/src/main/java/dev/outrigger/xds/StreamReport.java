package dev.outrigger.xds;

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
    private final Map<String, XdsStatus.Type> types = new ConcurrentSkipListMap<>();
    private volatile String node = "";

    StreamReport(long id, Protocol protocol, XdsObserver observer, XdsMetrics metrics) {
        this.id = id;
        this.protocol = protocol;
        this.observer = observer;
        this.metrics = metrics;
        metrics.streamOpened();
        observer.streamOpened(id);
    }

    void node(String id) {
        node = id;
    }

    void subscribed(String typeUrl, int names) {
        types.merge(
                typeUrl,
                new XdsStatus.Type(typeUrl, "", "", 0, names),
                (old, _) -> new XdsStatus.Type(typeUrl, old.version(), old.answer(), old.pushes(), names));
    }

    void pushed(Push push) {
        types.merge(
                push.typeUrl(),
                new XdsStatus.Type(push.typeUrl(), push.version(), WAITING, 1, 0),
                (old, _) -> new XdsStatus.Type(
                        push.typeUrl(), push.version(), WAITING, old.pushes() + 1, old.subscribed()));
        metrics.pushed(push.typeUrl(), push.raw().length);
        observer.pushed(id, push.typeUrl(), push.version(), push.raw().length, push.count());
    }

    /// An ACK, or a NACK when there is an error.
    void answered(String typeUrl, @Nullable String error) {
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
        metrics.streamClosed();
        observer.streamClosed(id);
    }

    XdsStatus.Stream status() {
        return new XdsStatus.Stream(
                id, protocol.label(), node, types.values().stream().toList());
    }
}
