package dev.outrigger.xds;

import org.jspecify.annotations.Nullable;

/// Sees to it that the first message on each upstream stream carries the client's node, which clients send only once.
/// Owned by the stream's context.
final class NodeMemory {
    private @Nullable ClientNode node;
    private boolean told;

    void remember(Request request) {
        var said = request.node();
        if (said != null) {
            node = said.kept();
        }
    }

    /// A new upstream stream knows nothing yet.
    void restart() {
        told = false;
    }

    /// The message as it may go upstream next.
    ///
    /// @param carriesNode whether it has a node of its own
    byte[] complete(byte[] message, boolean carriesNode) {
        if (told || node == null) {
            return message;
        }
        told = true;
        return carriesNode
                ? message
                : new Writer()
                        .raw(node.request(), node.from(), node.to() - node.from())
                        .raw(message, 0, message.length)
                        .toBytes();
    }
}
