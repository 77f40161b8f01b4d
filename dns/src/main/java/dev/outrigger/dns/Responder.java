package dev.outrigger.dns;

import dev.outrigger.dns.DnsMetrics.Answer;
import dev.outrigger.dns.Query.Verdict;
import java.util.function.Supplier;
import org.xbill.DNS.Rcode;

/// Decides what becomes of each query: answered from the table, handed on, or refused. Owned by one event
/// loop, which all callers are on; a further loop has one of its own.
final class Responder {
    /// No answer is sent.
    static final int NOTHING = 0;
    /// The answer comes from elsewhere: call {@link #later}.
    static final int LATER = -1;

    private final Supplier<Names> names;
    private final Nameservers nameservers;
    private final Backend backend;
    private final AnswerWriter writer;
    private final QueryLog queryLog;
    private final DnsMetrics metrics;
    private final Query query = new Query();
    private final Lookup lookup;
    private final Scratch scratch = new Scratch();
    private boolean awaitsTable;

    /// Where answers come from that are not in the table.
    interface Backend {
        /// Answers at once when it can.
        ///
        /// @return bytes written; 0 when it cannot
        int cached(Query query, int limit, byte[] into);

        /// Answers in the end.
        ///
        /// @param query valid during the call only
        /// @param awaitsTable the name is ours and the first table is not there yet
        void ask(Query query, boolean awaitsTable, Asker asker);
    }

    Responder(
            Supplier<Names> names,
            MeshDomain domain,
            Nameservers nameservers,
            Backend backend,
            AnswerWriter writer,
            QueryLog queryLog,
            DnsMetrics metrics) {
        this.names = names;
        this.nameservers = nameservers;
        this.backend = backend;
        this.writer = writer;
        this.queryLog = queryLog;
        this.metrics = metrics;
        this.lookup = new Lookup(domain);
    }

    /// Takes one message of a client that may be answered with as much as its query says.
    ///
    /// @param message must not change until {@link #later} was called
    /// @param into gets the answer, and is long enough for the longest one of its kind
    /// @return bytes of the answer, {@link #NOTHING} or {@link #LATER}
    int respond(byte[] message, int length, boolean stream, byte[] into) {
        var verdict = query.parse(message, length);
        if (verdict == Verdict.ANSWER) {
            int limit = stream ? Wire.MAX_MESSAGE_BYTES : Math.min(query.udpBytes(), Asker.Datagram.MAX_BYTES);
            return resolve(limit, into);
        }
        return switch (verdict) {
            case FORMERR -> refuse(Rcode.FORMERR, Answer.FORMERR, into);
            case NOTIMP -> refuse(Rcode.NOTIMP, Answer.NOTIMP, into);
            case REFUSED -> refuse(Rcode.REFUSED, Answer.REFUSED, into);
            case BADVERS -> refuse(Rcode.BADVERS, Answer.BADVERS, into);
            case DROP, ANSWER -> {
                metrics.answered(Answer.DROPPED);
                yield NOTHING;
            }
        };
    }

    /// Hands the query on of which {@link #respond} has just said that its answer comes later.
    void later(Asker asker) {
        backend.ask(query, awaitsTable, asker);
    }

    /// Takes one message of a client and answers it now or later, or never when it is no query.
    void onMessage(byte[] message, int length, Asker asker) {
        var answer = scratch.array();
        int bytes = respond(message, length, asker.isStream(), answer);
        if (bytes == LATER) {
            later(asker);
        } else if (bytes > NOTHING) {
            asker.answer(answer, bytes);
        }
    }

    private int resolve(int limit, byte[] into) {
        nameservers.refresh();
        var now = names.get();
        if (lookup.find(now.table(), query, nameservers.searchDomains())) {
            return fromTable(limit, into);
        }
        awaitsTable = now.awaited() && lookup.isOfMesh(query);
        if (!awaitsTable) {
            if (Synthesis.wants(query)) {
                int made = Synthesis.answer(now.table(), query, null, writer.ttl(), limit, into);
                if (made > 0) {
                    return answered(Answer.TABLE, made);
                }
            }
            int cached = backend.cached(query, limit, into);
            if (cached > 0) {
                queryLog.answered(query, Answer.CACHED);
                return cached;
            }
        } else if (!now.waits()) {
            return refuse(Rcode.SERVFAIL, Answer.SERVFAIL, into);
        }
        return LATER;
    }

    private int fromTable(int limit, byte[] into) {
        var entry = lookup.entry();
        if (entry == null) {
            throw new IllegalStateException("a find without an entry");
        }
        if (query.type() == Wire.TYPE_SRV && entry.isService()) {
            int made = Synthesis.answer(names.get().table(), query, entry, writer.ttl(), limit, into);
            if (made > 0) {
                return answered(Answer.TABLE, made);
            }
        }
        var kind = AnswerWriter.hasWanted(query, entry) ? Answer.TABLE : Answer.NODATA;
        return answered(kind, writer.found(query, lookup, entry, limit, into));
    }

    private int refuse(int rcode, Answer kind, byte[] into) {
        return answered(kind, writer.error(query, rcode, into));
    }

    private int answered(Answer kind, int bytes) {
        metrics.answered(kind);
        queryLog.answered(query, kind);
        return bytes;
    }
}
