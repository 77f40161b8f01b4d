package dev.outrigger.xds;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one client asked for and holds, type by type, and the journal's entries of its stream.
///
/// Written by the stream's context, read by any thread; everything mutable is guarded by it. It takes the
/// journal's lock within its own and calls nobody else.
final class Holdings {
    private final long stream;
    private final Protocol protocol;
    private final Journal journal;
    private final Map<String, HeldType> types = new TreeMap<>();

    Holdings(long stream, Protocol protocol, Journal journal) {
        this.stream = stream;
        this.protocol = protocol;
        this.journal = journal;
    }

    synchronized void asked(Request request) {
        type(request.typeUrl()).asked(request);
    }

    /// The agent asks for a type that it consumes itself.
    synchronized void askedForAll(String typeUrl) {
        type(typeUrl).askedForAll();
    }

    Instant now() {
        return journal.clock().instant();
    }

    /// @param at when the client had it
    synchronized void pushed(Push push, Instant at) {
        type(push.typeUrl()).pushed(push, at);
    }

    /// @param version of the answer; of the push that is answered, in an ACK of the state-of-the-world protocol
    /// @param error null for an ACK
    synchronized void answered(String typeUrl, String nonce, String version, @Nullable String error) {
        var type = types.get(typeUrl);
        if (type != null) {
            type.answered(nonce, version, error);
        }
    }

    /// The stream is closed: what is unanswered stays so. What was held can still be asked for.
    synchronized void closed() {
        types.values().forEach(HeldType::closed);
    }

    /// In order of type.
    synchronized List<XdsHistory.Type> types() {
        return types.values().stream().map(HeldType::snapshot).toList();
    }

    /// What has gone on for longer than `limit`, in order of type.
    synchronized List<XdsTrouble> troubles(Instant now, Duration limit) {
        return types.values().stream()
                .flatMap(type -> type.troubles(now, limit).stream())
                .toList();
    }

    private HeldType type(String typeUrl) {
        return types.computeIfAbsent(typeUrl, url -> new HeldType(stream, protocol, url, journal));
    }
}
