package dev.outrigger.dns;

import java.util.List;

/// How one name was looked up.
///
/// @param rcode how it ended, as DNS spells it: `NOERROR`, `NXDOMAIN`, `SERVFAIL`
/// @param source who knew: `table`, `static names`, `cache`, `stale cache`, `nameserver ADDRESS`, or
///     `nobody`
/// @param records the answer's records as in a zone file
/// @param steps what was looked at, in order, and what came of it
public record DnsExplanation(String rcode, String source, List<String> records, List<String> steps) {
    /// Copies the lists.
    public DnsExplanation {
        records = List.copyOf(records);
        steps = List.copyOf(steps);
    }
}
