package dev.outrigger.dns;

import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Many datagrams with one call of the kernel each way, `recvmmsg(2)` and `sendmmsg(2)`, in memory that is
/// allocated once. Owned by one event loop.
///
/// Of the structures of 64-bit Linux: `struct mmsghdr` is 64 bytes (name, its length, vector, its length,
/// control, its length, flags, then the length of the message at 56), `struct iovec` is 16.
final class BatchedDatagrams implements Datagrams {
    private static final int HEADER_BYTES = 64;
    private static final int NAME_LENGTH_AT = 8;
    private static final int VECTOR_AT = 16;
    private static final int VECTORS_AT = 24;
    private static final int MESSAGE_LENGTH_AT = 56;
    private static final int VECTOR_BYTES = 16;
    private static final int NAME_BYTES = 32;
    private static final int AF_INET = 2;

    private final ByteBuffer headers = memory(MOST * HEADER_BYTES);
    private final ByteBuffer vectors = memory(MOST * VECTOR_BYTES);
    private final ByteBuffer names = memory(MOST * NAME_BYTES);
    private final ByteBuffer queries = memory(MOST * QUERY_BYTES);
    private final ByteBuffer outHeaders = memory(MOST * HEADER_BYTES);
    private final ByteBuffer outVectors = memory(MOST * VECTOR_BYTES);
    private final ByteBuffer answers = memory(MOST * Asker.Datagram.MAX_BYTES);
    private final long headersAddress = Buffer.memoryAddress(headers);
    private final long namesAddress = Buffer.memoryAddress(names);
    private final long outHeadersAddress = Buffer.memoryAddress(outHeaders);
    private final byte[] in = new byte[QUERY_BYTES];
    private final byte[] out = new byte[Asker.Datagram.MAX_BYTES];

    BatchedDatagrams() {
        for (int i = 0; i < MOST; i++) {
            link(headers, vectors, i, Buffer.memoryAddress(queries) + (long) i * QUERY_BYTES, QUERY_BYTES);
            link(outHeaders, outVectors, i, Buffer.memoryAddress(answers) + (long) i * Asker.Datagram.MAX_BYTES, 0);
            headers.putLong(i * HEADER_BYTES, namesAddress + (long) i * NAME_BYTES);
        }
    }

    private static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static void link(ByteBuffer headers, ByteBuffer vectors, int index, long memory, long bytes) {
        vectors.putLong(index * VECTOR_BYTES, memory);
        vectors.putLong(index * VECTOR_BYTES + 8, bytes);
        headers.putLong(index * HEADER_BYTES + VECTOR_AT, Buffer.memoryAddress(vectors) + (long) index * VECTOR_BYTES);
        headers.putLong(index * HEADER_BYTES + VECTORS_AT, 1);
    }

    @Override
    public int serve(Socket socket, Client client) throws IOException {
        for (int i = 0; i < MOST; i++) {
            headers.putInt(i * HEADER_BYTES + NAME_LENGTH_AT, NAME_BYTES);
        }
        int received = MassTransfer.receive(socket.intValue(), headersAddress, MOST);
        int waiting = 0;
        for (int i = 0; i < received; i++) {
            int length = headers.getInt(i * HEADER_BYTES + MESSAGE_LENGTH_AT);
            queries.get(i * QUERY_BYTES, in, 0, length);
            int bytes = client.answer(in, length, out);
            if (bytes > Responder.NOTHING) {
                enqueue(waiting++, i, bytes);
            } else if (bytes == Responder.LATER) {
                client.later(sender(i));
            }
        }
        send(socket, waiting);
        return Math.max(0, received);
    }

    private void enqueue(int place, int query, int bytes) {
        answers.put(place * Asker.Datagram.MAX_BYTES, out, 0, bytes);
        outVectors.putLong(place * VECTOR_BYTES + 8, bytes);
        outHeaders.putLong(place * HEADER_BYTES, namesAddress + (long) query * NAME_BYTES);
        outHeaders.putInt(place * HEADER_BYTES + NAME_LENGTH_AT, headers.getInt(query * HEADER_BYTES + NAME_LENGTH_AT));
    }

    /// A datagram that the kernel does not take is lost, as the network may lose it; those behind it are
    /// not.
    private void send(Socket socket, int count) {
        int sent = 0;
        while (sent < count) {
            int taken =
                    MassTransfer.send(socket.intValue(), outHeadersAddress + (long) sent * HEADER_BYTES, count - sent);
            sent += Math.max(1, taken);
        }
    }

    /// `struct sockaddr_in`: family, port, address; `sockaddr_in6`: family, port, flow, address, scope.
    private InetSocketAddress sender(int index) throws IOException {
        int at = index * NAME_BYTES;
        boolean ipv4 = names.getShort(at) == AF_INET;
        var bytes = new byte[ipv4 ? 4 : 16];
        names.get(at + (ipv4 ? 4 : 8), bytes);
        int port = (names.get(at + 2) & 0xFF) << 8 | (names.get(at + 3) & 0xFF);
        int scope = ipv4 ? 0 : names.getInt(at + 24);
        var address = scope == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scope);
        return new InetSocketAddress(address, port);
    }
}
