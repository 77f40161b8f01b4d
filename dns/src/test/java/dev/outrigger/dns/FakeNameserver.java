package dev.outrigger.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// A nameserver on loopback, UDP and TCP on one port, that answers as it is told.
final class FakeNameserver implements AutoCloseable {
    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private final Behaviour behaviour;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile int askedFrom;

    /// Two sockets on one port.
    private record Pair(ServerSocket streams, DatagramSocket datagrams) {
        static Pair open() throws IOException {
            var loopback = InetAddress.getLoopbackAddress();
            for (int tries = 10; ; tries--) {
                var streams = new ServerSocket(0, 50, loopback);
                try {
                    var address = new InetSocketAddress(loopback, streams.getLocalPort());
                    return new Pair(streams, new DatagramSocket(address));
                } catch (BindException e) {
                    streams.close();
                    if (tries == 1) {
                        throw e;
                    }
                }
            }
        }
    }

    /// A query that came.
    record Asked(Message query, boolean tcp) {}

    /// Makes the replies to one query: none for silence, several for noise before the reply.
    interface Behaviour {
        List<byte[]> replies(Message query, boolean tcp) throws IOException;
    }

    FakeNameserver(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        var pair = Pair.open();
        streams = pair.streams();
        datagrams = pair.datagrams();
        Thread.ofVirtual().start(this::serveDatagrams);
        Thread.ofVirtual().start(this::serveStreams);
    }

    /// One that answers each query with this address.
    static FakeNameserver answering(String address) throws IOException {
        return new FakeNameserver((query, _) -> List.of(reply(query, 0, address).toWire()));
    }

    /// One that answers each query with this error.
    static FakeNameserver failing(int rcode) throws IOException {
        return new FakeNameserver((query, _) -> List.of(reply(query, rcode).toWire()));
    }

    static FakeNameserver silent() throws IOException {
        return new FakeNameserver((_, _) -> List.of());
    }

    static Message reply(Message query, int rcode, String... addresses) throws IOException {
        var question = query.getQuestion();
        var reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setRcode(rcode);
        reply.addRecord(question, Section.QUESTION);
        for (var address : addresses) {
            Record record = new ARecord(question.getName(), DClass.IN, 60, InetAddress.ofLiteral(address));
            reply.addRecord(record, Section.ANSWER);
        }
        return reply;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) datagrams.getLocalSocketAddress();
    }

    /// The port from which the last datagram came.
    int askedFrom() {
        return askedFrom;
    }

    /// How many there were so far.
    int connections() {
        return connections.get();
    }

    List<Asked> asked() {
        return asked;
    }

    @Override
    public void close() {
        datagrams.close();
        try {
            streams.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serveDatagrams() {
        var packet = new DatagramPacket(new byte[65_535], 65_535);
        while (!datagrams.isClosed()) {
            try {
                packet.setLength(65_535);
                datagrams.receive(packet);
                askedFrom = packet.getPort();
                var query = Arrays.copyOf(packet.getData(), packet.getLength());
                for (var reply : replies(query, false)) {
                    datagrams.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
                }
            } catch (IOException _) {
                // Closed, or the asker is gone.
            }
        }
    }

    private void serveStreams() {
        while (!streams.isClosed()) {
            try {
                var stream = streams.accept();
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(stream));
            } catch (IOException _) {
                // Closed.
            }
        }
    }

    private void serve(Socket stream) {
        try (stream) {
            var in = new DataInputStream(stream.getInputStream());
            var out = new DataOutputStream(stream.getOutputStream());
            while (true) {
                for (var reply : replies(in.readNBytes(in.readUnsignedShort()), true)) {
                    out.writeShort(reply.length);
                    out.write(reply);
                }
            }
        } catch (IOException _) {
            // The asker is gone.
        }
    }

    private List<byte[]> replies(byte[] bytes, boolean tcp) throws IOException {
        var query = new Message(bytes);
        asked.add(new Asked(query, tcp));
        return behaviour.replies(query, tcp);
    }
}
