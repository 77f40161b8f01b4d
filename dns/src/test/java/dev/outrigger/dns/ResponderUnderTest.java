package dev.outrigger.dns;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.DefaultEventLoop;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A responder without sockets and without nameservers: what it would forward is told.
final class ResponderUnderTest {
    final byte[] out = new byte[Wire.MAX_MESSAGE_BYTES];
    private final Responder responder;

    ResponderUnderTest(Map<String, List<InetAddress>> names) {
        this(NameTable.of(names));
    }

    ResponderUnderTest(NameTable table) {
        var config = new ProxyUnderTest.Setup().config();
        var now = new Names(table, table, null, false, false);
        responder = new Responder(
                () -> now,
                config.domain(),
                new Nameservers(config, List.of(), new DefaultEventLoop()),
                new Responder.Backend() {
                    @Override
                    public int cached(Query query, int limit, byte[] into) {
                        return 0;
                    }

                    @Override
                    public void ask(Query query, boolean awaitsTable, Asker asker) {}
                },
                new AnswerWriter(30, new SplittableRandom(1)),
                new QueryLog(0),
                new DnsMetrics(new SimpleMeterRegistry()));
    }

    /// Bytes of the answer in {@link #out}, or one of the constants of {@link Responder}.
    int respond(byte[] message, boolean stream) {
        return responder.respond(message, message.length, stream, out);
    }

    byte[] answer(int length) {
        return Arrays.copyOf(out, length);
    }
}
