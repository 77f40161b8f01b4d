package dev.outrigger.xds;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The agent's own subscriptions on one stream: what it accepted, and the requests it sends. Pure; owned by the
/// stream's context.
final class HandledState {
    /// `INTERNAL` of google.rpc.Code.
    private static final int REFUSED = 13;

    private final Protocol protocol;
    private final Map<String, String> versions = new HashMap<>();
    private final Map<String, ResourceTable> held = new HashMap<>();

    HandledState(Protocol protocol) {
        this.protocol = protocol;
    }

    /// The first request for a type on an upstream stream: a wildcard, with what the agent holds.
    byte[] subscribe(String typeUrl) {
        var writer = new Writer().string(protocol.typeUrl, typeUrl);
        if (protocol == Protocol.SOTW) {
            writer.string(protocol.version, versions.getOrDefault(typeUrl, ""));
        } else {
            held(typeUrl).writeTo(writer, protocol.initialVersions);
        }
        return writer.toBytes();
    }

    /// The ACK of a push, or its NACK when there is an error.
    byte[] answer(Push push, @Nullable String error) {
        if (error == null) {
            versions.put(push.typeUrl(), push.version());
            if (protocol == Protocol.DELTA) {
                held(push.typeUrl()).take(push.listing(), null, push.removed());
            }
        }
        var writer = new Writer().string(protocol.typeUrl, push.typeUrl()).string(protocol.nonce, push.nonce());
        if (protocol == Protocol.SOTW) {
            writer.string(protocol.version, versions.getOrDefault(push.typeUrl(), ""));
        }
        if (error != null) {
            writer.message(protocol.error, new Writer().number(1, REFUSED).string(2, error));
        }
        return writer.toBytes();
    }

    private ResourceTable held(String typeUrl) {
        return held.computeIfAbsent(typeUrl, _ -> new ResourceTable());
    }
}
