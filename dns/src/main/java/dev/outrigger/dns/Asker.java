package dev.outrigger.dns;

import io.netty.channel.Channel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;

/// Who asked, for an answer that comes later. Used on the loop that forwards.
sealed interface Asker {
    /// Bytes an answer to this query may have.
    int limit(Query query);

    /// Sends an answer, which is copied. One that cannot be sent is lost, as the network may lose it.
    void answer(byte[] message, int length);

    /// Whether the answer may be long and the way to it is reliable.
    boolean isStream();

    /// Where the question came from.
    InetSocketAddress sender();

    /// A sender of one datagram.
    ///
    /// @param socket may be of another loop: the kernel takes datagrams from any thread
    /// @param outgoing of the loop that forwards
    record Datagram(Socket socket, InetSocketAddress sender, Scratch outgoing) implements Asker {
        /// A longer answer is fetched over TCP. Fragments of datagrams get lost, so this is longer than
        /// most.
        static final int MAX_BYTES = 4096;

        @Override
        public int limit(Query query) {
            return Math.min(query.udpBytes(), MAX_BYTES);
        }

        @Override
        public void answer(byte[] message, int length) {
            var datagram = outgoing.direct().clear().put(message, 0, length);
            try {
                var _ = socket.sendTo(datagram, 0, length, sender.getAddress(), sender.getPort());
            } catch (IOException _) {
                // The sender is gone, or the kernel has no room.
            }
        }

        @Override
        public boolean isStream() {
            return false;
        }
    }

    /// A connected client, which may have many queries under way.
    record Connection(Channel channel) implements Asker {
        @Override
        public int limit(Query query) {
            return Wire.MAX_MESSAGE_BYTES;
        }

        @Override
        public void answer(byte[] message, int length) {
            var _ = channel.writeAndFlush(channel.alloc().buffer(length).writeBytes(message, 0, length));
        }

        @Override
        public boolean isStream() {
            return true;
        }

        @Override
        public InetSocketAddress sender() {
            return (InetSocketAddress) channel.remoteAddress();
        }
    }
}
