package dev.outrigger.dns;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;

/// A way to take datagrams from a socket and give back their answers. Owned by one event loop.
interface Datagrams {
    /// Answers what is there, up to a limit.
    ///
    /// @return datagrams taken; when it is {@link #MOST}, there may be more
    int serve(Socket socket, Client client) throws IOException;

    /// How many datagrams are taken in one go.
    int MOST = 32;

    /// The longest query that is taken.
    int QUERY_BYTES = 4096;

    /// Who makes the answers.
    interface Client {
        /// @param message good during the call only
        /// @param into at least {@link Asker.Datagram#MAX_BYTES}
        /// @return bytes of the answer, or what {@link Responder#respond} says
        int answer(byte[] message, int length, byte[] into);

        /// Hears, right after `answer` said so, that the answer comes later and where it must go.
        void later(InetSocketAddress sender);
    }
}
