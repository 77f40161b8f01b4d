package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.addresses;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// The counter of the JVM counts every byte that this thread allocates.
final class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 50_000;
    private static final int MEASURED = 50_000;

    @BeforeAll
    static void loadTheNativeLibrary() {
        Epoll.ensureAvailability();
    }

    @Test
    void aQueryThatTheTableAnswersAllocatesNothing() throws IOException {
        var responder = new ResponderUnderTest(names());
        var queries = queries();
        ask(responder, queries, WARM_UP);

        long before = THREADS.getCurrentThreadAllocatedBytes();
        ask(responder, queries, MEASURED);
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).as("bytes in %d queries", MEASURED).isLessThan(MEASURED / 10);
    }

    /// The same with the calls of the kernel around it.
    @Test
    void takingAndSendingDatagramsInBatchesAllocatesNothing() throws IOException {
        var responder = new ResponderUnderTest(names());
        var queries = queries();
        var batches = new BatchedDatagrams();
        var server = LinuxSocket.newSocketDgram(false);
        var client = new Datagrams.Client() {
            @Override
            public int answer(byte[] message, int length, byte[] into) {
                int bytes = responder.respond(message, false);
                System.arraycopy(responder.out, 0, into, 0, Math.max(0, bytes));
                return bytes;
            }

            @Override
            public void later(InetSocketAddress sender) {
                throw new IllegalStateException("all of these are in the table");
            }
        };
        try (var socket = new DatagramSocket(ProxyUnderTest.ANY_PORT)) {
            server.bind(ProxyUnderTest.ANY_PORT);
            long allocated = 0;
            int answered = 0;
            for (int round = 0; round < 600; round++) {
                for (int i = 0; i < 8; i++) {
                    var query = queries.get(i % queries.size());
                    socket.send(new DatagramPacket(query, query.length, server.localAddress()));
                }
                long before = THREADS.getCurrentThreadAllocatedBytes();
                int taken = batches.serve(server, client);
                if (round >= 400) {
                    allocated += THREADS.getCurrentThreadAllocatedBytes() - before;
                    answered += taken;
                }
                for (int i = 0; i < taken; i++) {
                    socket.receive(new DatagramPacket(new byte[512], 512));
                }
            }

            assertThat(answered).isEqualTo(200 * 8);
            assertThat(allocated).as("bytes in %d queries", answered).isLessThan(1000);
        } finally {
            server.close();
        }
    }

    private static void ask(ResponderUnderTest responder, List<byte[]> queries, int count) {
        for (int i = 0; i < count; i++) {
            if (responder.respond(queries.get(i % queries.size()), false) <= 0) {
                throw new IllegalStateException("not answered");
            }
        }
    }

    private static Map<String, List<InetAddress>> names() {
        var names = new HashMap<String, List<InetAddress>>();
        for (int i = 0; i < 1000; i++) {
            names.put("svc-" + i + ".default.svc.cluster.local", addresses("10.0." + i / 250 + "." + i % 250, "::1"));
        }
        names.put("*.wild.test", addresses("10.0.0.2", "10.0.0.3"));
        return names;
    }

    private static List<byte[]> queries() throws IOException {
        var queries = new ArrayList<byte[]>();
        for (int i = 0; i < 100; i++) {
            queries.add(query("svc-" + i + ".default.svc.cluster.local", i % 2 == 0 ? Type.A : Type.AAAA)
                    .toWire());
        }
        queries.add(query("a.wild.test.default.svc.cluster.local", Type.A).toWire());
        queries.add(query("svc-1.default.svc.cluster.local", Type.TXT).toWire());
        var edns = query("svc-1.default.svc.cluster.local", Type.A);
        edns.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        queries.add(edns.toWire());
        return queries;
    }
}
