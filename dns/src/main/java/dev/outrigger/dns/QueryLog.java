package dev.outrigger.dns;

import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.dns.DnsMetrics.Answer;
import org.xbill.DNS.Type;

/// Writes one of so many queries into the log. Owned by one event loop.
final class QueryLog {
    private static final System.Logger log = System.getLogger("dev.outrigger.dns.QueryLog");

    private final int every;
    private int count;

    /// @param every 1 for each query, 100 for one of a hundred; 0 for none
    QueryLog(int every) {
        this.every = every;
    }

    void answered(Query query, Answer answer) {
        if (every == 0 || ++count < every) {
            return;
        }
        count = 0;
        log.log(
                INFO,
                "DNS query name={0} type={1} answer={2}",
                query.questionEnd() == 0 ? "?" : NameEntry.name(query.name, 0, query.nameLength()),
                Type.string(query.type()),
                answer.label());
    }
}
