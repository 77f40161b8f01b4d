package dev.outrigger.dns;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/// Who asked, and hence where and how large the answer may go.
sealed interface Asker {
    /// The listening or accepted channel the query came on.
    Channel channel();

    /// Bytes an answer to this query may have.
    int limit(Query query);

    /// Queues an answer, which it takes over.
    void answer(ByteBuf message);

    /// Sends what was queued.
    default void flush() {
        channel().flush();
    }

    /// A sender of one datagram.
    record Datagram(Channel channel, InetSocketAddress sender) implements Asker {
        /// What fits into one packet of IPv4 behind its headers.
        private static final int MAX_DATAGRAM_BYTES = 65_507;

        @Override
        public int limit(Query query) {
            return Math.min(query.udpBytes(), MAX_DATAGRAM_BYTES);
        }

        @Override
        public void answer(ByteBuf message) {
            var _ = channel.write(new DatagramPacket(message, sender), channel.voidPromise());
        }
    }

    /// A connected client, which may have many queries under way.
    record Connection(Channel channel) implements Asker {
        @Override
        public int limit(Query query) {
            return 0xFFFF;
        }

        @Override
        public void answer(ByteBuf message) {
            var _ = channel.write(message, channel.voidPromise());
        }
    }
}
