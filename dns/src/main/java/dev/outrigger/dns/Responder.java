package dev.outrigger.dns;

import dev.outrigger.dns.DnsMetrics.Answer;
import io.micrometer.core.instrument.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/// Decides what becomes of each query: answered from the table, forwarded, or refused. Owned by the event
/// loop, which all channels of the proxy share.
final class Responder {
    private final Supplier<Names> names;
    private final byte[] meshDomain;
    private final Nameservers nameservers;
    private final Forwarder forwarder;
    private final AnswerWriter writer;
    private final DnsMetrics metrics;
    private final Query query = new Query();
    private final Lookup lookup = new Lookup();

    /// What can be answered at one moment.
    ///
    /// @param table with the static names
    /// @param received a table was published
    /// @param awaited a table is expected and has not come yet
    record Names(NameTable table, boolean received, boolean awaited) {}

    Responder(
            Supplier<Names> names,
            MeshDomain domain,
            Nameservers nameservers,
            Forwarder forwarder,
            AnswerWriter writer,
            DnsMetrics metrics) {
        this.names = names;
        this.meshDomain = Nameservers.labels(domain.domain());
        this.nameservers = nameservers;
        this.forwarder = forwarder;
        this.writer = writer;
        this.metrics = metrics;
    }

    /// Takes one message of a client.
    ///
    /// @param message stays the caller's
    /// @param asker is answered now, without a flush, or later, with one; or never, when this is no query
    void onMessage(ByteBuf message, Asker asker) {
        switch (query.parse(message)) {
            case ANSWER -> resolve(message, asker);
            case DROP -> metrics.answered(Answer.DROPPED);
            case FORMERR -> refuse(message, asker, Rcode.FORMERR, Answer.FORMERR);
            case NOTIMP -> refuse(message, asker, Rcode.NOTIMP, Answer.NOTIMP);
            case REFUSED -> refuse(message, asker, Rcode.REFUSED, Answer.REFUSED);
            case BADVERS -> refuse(message, asker, Rcode.BADVERS, Answer.BADVERS);
        }
    }

    private void resolve(ByteBuf message, Asker asker) {
        nameservers.refresh();
        var now = names.get();
        lookup.find(now.table(), query, nameservers.searchDomain());
        var entry = lookup.entry();
        if (entry != null) {
            answer(message, asker, entry);
        } else if (now.awaited() && query.bytesBefore(meshDomain) >= 0) {
            refuse(message, asker, Rcode.SERVFAIL, Answer.SERVFAIL);
        } else {
            forward(message, asker);
        }
    }

    private void answer(ByteBuf message, Asker asker, NameEntry entry) {
        var allocator = asker.channel().alloc();
        boolean some = (query.wantsIpv4() && entry.ipv4.length > 0) || (query.wantsIpv6() && entry.ipv6.length > 0);
        asker.answer(writer.found(allocator, message, query, lookup, entry, asker.limit(query)));
        metrics.answered(some ? Answer.TABLE : Answer.NODATA);
    }

    private void refuse(ByteBuf message, Asker asker, int rcode, Answer kind) {
        asker.answer(writer.error(asker.channel().alloc(), message, query, rcode));
        metrics.answered(kind);
    }

    private void forward(ByteBuf message, Asker asker) {
        int id = query.id();
        int limit = asker.limit(query);
        boolean tcp = asker instanceof Asker.Connection;
        var kept = Unpooled.copiedBuffer(message);
        var started = metrics.forwarding();
        forwarder.forward(message, query.questionEnd(), tcp, reply -> {
            var fitting = reply.flatMap(found -> fit(found, limit));
            fitting.ifPresentOrElse(found -> relay(found, id, asker, started), () -> fail(kept, asker));
            asker.flush();
        });
    }

    private void relay(ByteBuf reply, int id, Asker asker, Timer.Sample started) {
        asker.answer(reply.setShort(0, id));
        metrics.forwarded(started);
        metrics.answered(Answer.FORWARDED);
    }

    private void fail(ByteBuf message, Asker asker) {
        query.parse(message);
        refuse(message, asker, Rcode.SERVFAIL, Answer.SERVFAIL);
    }

    /// A reply that is too long for the client is cut to whole record sets and marked truncated.
    private static Optional<ByteBuf> fit(ByteBuf reply, int limit) {
        if (reply.readableBytes() <= limit) {
            return Optional.of(reply);
        }
        try {
            return Optional.of(Unpooled.wrappedBuffer(new Message(reply.nioBuffer()).toWire(limit)));
        } catch (IOException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
