package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/// One datagram at a time. Needs nothing that is not loaded anyway; a busy proxy goes on with {@link
/// BatchedDatagrams}. Owned by one event loop.
final class SingleDatagrams implements Datagrams {
    private static final System.Logger log = System.getLogger(SingleDatagrams.class.getName());

    private final ByteBuffer direct = ByteBuffer.allocateDirect(QUERY_BYTES);
    private final byte[] in = new byte[QUERY_BYTES];
    private final byte[] out = new byte[Asker.Datagram.MAX_BYTES];

    @Override
    public int serve(Socket socket, Client client) throws IOException {
        for (int i = 0; i < MOST; i++) {
            var from = socket.recvFrom(direct, 0, direct.capacity());
            if (from == null) {
                return i;
            }
            int length = from.receivedAmount();
            direct.get(0, in, 0, length);
            int bytes = client.answer(in, length, out);
            if (bytes > Responder.NOTHING) {
                send(socket, bytes, from);
            } else if (bytes == Responder.LATER) {
                client.later(new InetSocketAddress(from.getAddress(), from.getPort()));
            }
        }
        return MOST;
    }

    /// A datagram that the kernel does not take is lost, as the network may lose it.
    private void send(Socket socket, int bytes, InetSocketAddress to) {
        direct.put(0, out, 0, bytes);
        try {
            var _ = socket.sendTo(direct, 0, bytes, to.getAddress(), to.getPort());
        } catch (IOException e) {
            log.log(DEBUG, "DNS lost an answer cause={0}", e);
        }
    }
}
