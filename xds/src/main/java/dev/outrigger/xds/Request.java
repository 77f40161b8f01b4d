package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The envelope of one message from a client.
///
/// @param names subscribed to: all of them (SotW) or those added (delta)
/// @param unsubscribed delta only
/// @param initialVersions delta only: what the client holds already
/// @param error why the push with `nonce` was refused; null when it was not
/// @param node serialised node of the client, where the message carries one
/// @param raw the message as it came
@SuppressWarnings("ArrayRecordComponent") // a view of one message in transit: never compared
record Request(
        String typeUrl,
        String version,
        String nonce,
        List<String> names,
        List<String> unsubscribed,
        Map<String, String> initialVersions,
        @Nullable String error,
        byte @Nullable [] node,
        byte[] raw) {

    boolean isAnswer() {
        return !nonce.isEmpty();
    }

    static Request read(Protocol protocol, byte[] raw) throws ProtocolException {
        String typeUrl = "";
        String version = "";
        String nonce = "";
        var names = new ArrayList<String>();
        var unsubscribed = new ArrayList<String>();
        var initialVersions = new LinkedHashMap<String, String>();
        String error = null;
        byte[] node = null;
        var fields = new Fields(raw);
        while (fields.next()) {
            int number = fields.number();
            if (number == protocol.names) {
                names.add(fields.string());
            } else if (number == protocol.typeUrl) {
                typeUrl = fields.string();
            } else if (number == protocol.nonce) {
                nonce = fields.string();
            } else if (number == protocol.version) {
                version = fields.string();
            } else if (number == protocol.error) {
                error = errorText(fields.message());
            } else if (number == protocol.node) {
                node = fields.bytes();
            } else if (number == protocol.unsubscribe) {
                unsubscribed.add(fields.string());
            } else if (number == protocol.initialVersions) {
                entry(fields.message(), initialVersions);
            }
        }
        return new Request(typeUrl, version, nonce, names, unsubscribed, initialVersions, error, node, raw);
    }

    /// The `id` of a serialised node; empty when it has none.
    static String nodeId(byte[] node) throws ProtocolException {
        String id = "";
        var fields = new Fields(node);
        while (fields.next()) {
            if (fields.number() == 1) {
                id = fields.string();
            }
        }
        return id;
    }

    private static String errorText(Fields status) throws ProtocolException {
        long code = 0;
        String message = "";
        while (status.next()) {
            if (status.number() == 1) {
                code = status.number64();
            } else if (status.number() == 2) {
                message = status.string();
            }
        }
        return message.isEmpty() ? "code " + code + " without a message" : message;
    }

    private static void entry(Fields entry, Map<String, String> into) throws ProtocolException {
        String key = "";
        String value = "";
        while (entry.next()) {
            if (entry.number() == 1) {
                key = entry.string();
            } else if (entry.number() == 2) {
                value = entry.string();
            }
        }
        into.put(key, value);
    }
}
