package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.Arrays;

/// Who a client says it is (`core.v3.Node`): a field of its request and no copy, as an Envoy's has 60 kB, the names of
/// all its extensions.
///
/// @param request the message that has the field; never changes
/// @param from where the field begins, with its number
/// @param to behind it
@SuppressWarnings("ArrayRecordComponent") // a view of one message: never compared
record ClientNode(byte[] request, int from, int to) {
    private static final int ID = 1;
    private static final int USER_AGENT_NAME = 6;

    /// @throws ProtocolException when the node is unreadable
    String id() throws ProtocolException {
        return text(ID);
    }

    /// The name of its program, `envoy` for Envoy; empty when it does not say.
    ///
    /// @throws ProtocolException when the node is unreadable
    String program() throws ProtocolException {
        return text(USER_AGENT_NAME);
    }

    /// For whoever keeps it: a copy when most of the request is something else.
    ClientNode kept() {
        int length = to - from;
        return length >= request.length / 2 ? this : new ClientNode(Arrays.copyOfRange(request, from, to), 0, length);
    }

    private String text(int field) throws ProtocolException {
        String text = "";
        var fields = new Fields(request, from, to);
        fields.next();
        fields.enter();
        while (fields.next()) {
            if (fields.number() == field) {
                text = fields.string();
            }
        }
        return text;
    }
}
