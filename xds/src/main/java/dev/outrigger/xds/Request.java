package dev.outrigger.xds;

import java.net.ProtocolException;
import org.jspecify.annotations.Nullable;

/// The envelope of one message from a client.
///
/// @param names subscribed to: all of them (SotW) or those added (delta)
/// @param unsubscribed delta only
/// @param initialVersions delta only: what the client holds already
/// @param error why the push with `nonce` was refused; null when it was not
/// @param node of the client, where the message carries one
/// @param raw the message as it came
@SuppressWarnings("ArrayRecordComponent") // a view of one message in transit: never compared
record Request(
        String typeUrl,
        String version,
        String nonce,
        NameList names,
        NameList unsubscribed,
        Listing initialVersions,
        @Nullable String error,
        @Nullable ClientNode node,
        byte[] raw) {

    boolean isAnswer() {
        return !nonce.isEmpty();
    }

    /// Whether it is an answer that says nothing of the client or of what it gives back or has from before.
    boolean answersOnly() {
        return isAnswer() && node == null && unsubscribed.isEmpty() && initialVersions.isEmpty();
    }

    static Request read(Protocol protocol, byte[] raw) throws ProtocolException {
        String typeUrl = "";
        String version = "";
        String nonce = "";
        var names = new NameList.Builder(raw);
        var unsubscribed = new NameList.Builder(raw);
        var initialVersions = new Listing.Builder(raw.length);
        String error = null;
        ClientNode node = null;
        var fields = new Fields(raw);
        while (fields.next()) {
            int number = fields.number();
            if (number == protocol.names) {
                names.add(fields);
            } else if (number == protocol.typeUrl) {
                typeUrl = fields.string();
            } else if (number == protocol.nonce) {
                nonce = fields.string();
            } else if (number == protocol.version) {
                version = fields.string();
            } else if (number == protocol.error) {
                error = errorText(fields);
            } else if (number == protocol.node) {
                node = ClientNode.read(fields, raw);
            } else if (number == protocol.unsubscribe) {
                unsubscribed.add(fields);
            } else if (number == protocol.initialVersions) {
                entry(fields, initialVersions);
            }
        }
        return new Request(
                typeUrl,
                version,
                nonce,
                names.build(),
                unsubscribed.build(),
                initialVersions.build(),
                error,
                node,
                raw);
    }

    private static String errorText(Fields status) throws ProtocolException {
        long code = 0;
        String message = "";
        int entered = status.enter();
        while (status.next()) {
            if (status.number() == 1) {
                code = status.number64();
            } else if (status.number() == 2) {
                message = status.string();
            }
        }
        status.leave(entered);
        return message.isEmpty() ? "code " + code + " without a message" : message;
    }

    private static void entry(Fields entry, Listing.Builder into) throws ProtocolException {
        int entered = entry.enter();
        into.begin();
        while (entry.next()) {
            if (entry.number() == 1) {
                into.name(entry);
            } else if (entry.number() == 2) {
                into.version(entry);
            }
        }
        entry.leave(entered);
        into.end(0, 0);
    }
}
