package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.Arrays;

/// Who a client says it is (`core.v3.Node`): a field of its request and no copy, as an Envoy's has 60 kB, the names of
/// all its extensions.
///
/// @param id empty when it has none
/// @param program `envoy` for Envoy; empty when it does not say
/// @param request the message that has the field; never changes
/// @param from where the field begins, with its number
/// @param to behind it
@SuppressWarnings("ArrayRecordComponent") // a view of one message: never compared
record ClientNode(String id, String program, byte[] request, int from, int to) {
    private static final int ID = 1;
    private static final int USER_AGENT_NAME = 6;

    /// @param node the current field of `request`
    /// @throws ProtocolException when it is no message
    static ClientNode read(Fields node, byte[] request) throws ProtocolException {
        String id = "";
        String program = "";
        int from = node.start();
        int to = node.end();
        int entered = node.enter();
        while (node.next()) {
            if (node.number() == ID) {
                id = node.string();
            } else if (node.number() == USER_AGENT_NAME) {
                program = node.string();
            }
        }
        node.leave(entered);
        return new ClientNode(id, program, request, from, to);
    }

    /// For whoever keeps it: a copy when most of the request is something else.
    ClientNode kept() {
        int length = to - from;
        return length >= request.length / 2
                ? this
                : new ClientNode(id, program, Arrays.copyOfRange(request, from, to), 0, length);
    }
}
