package dev.outrigger.dns;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.Arrays;

/// Raw datagrams, for messages a proper client would not send.
final class RawDatagrams {
    private static final int LIMIT_MILLIS = 20_000;

    private RawDatagrams() {}

    /// Sends one datagram and waits for the one that comes back.
    static byte[] exchange(InetSocketAddress server, byte[] message) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.send(new DatagramPacket(message, message.length, server));
            var reply = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(reply);
            return Arrays.copyOf(reply.getData(), reply.getLength());
        }
    }
}
