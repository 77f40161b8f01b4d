package dev.outrigger.dns;

import org.jspecify.annotations.Nullable;

/// Finds what a query asks for in a table. Reused to allocate nothing; owned by the event loop that asks.
///
/// A client that expands names by its search domain asks for `api.example.com.default.svc.cluster.local`
/// first. When the table has only `api.example.com`, the find says so, and the answer is a CNAME to it: one
/// question instead of many.
final class Lookup {
    private @Nullable NameEntry entry;
    private int aliasOf;

    /// Looks for the exact name, then for the longest wildcard.
    ///
    /// @param searchDomain lower-case labels in wire form without the root; empty when there is none
    /// @return whether {@link #entry} is set
    boolean find(NameTable table, Query query, byte[] searchDomain) {
        int end = query.nameLength();
        int stripped = query.bytesBefore(searchDomain);
        if (end == 0 || found(table.exact(query.name, end), 0)) {
            return end != 0;
        }
        if (stripped > 0 && found(table.exact(query.name, stripped), stripped)) {
            return true;
        }
        return table.hasWildcards() && findWildcard(table, query, stripped);
    }

    private boolean findWildcard(NameTable table, Query query, int stripped) {
        for (int i = 1; i < query.labelCount(); i++) {
            int from = query.label(i);
            if (found(table.wildcard(query.name, from, query.nameLength()), 0)) {
                return true;
            }
            if (stripped > from && found(table.wildcard(query.name, from, stripped), stripped)) {
                return true;
            }
        }
        return false;
    }

    /// What was found last.
    @Nullable
    NameEntry entry() {
        return entry;
    }

    /// The name found is that of the question without its search domain: this many bytes of it. 0 when it is
    /// the question's own name.
    int aliasOf() {
        return aliasOf;
    }

    private boolean found(@Nullable NameEntry candidate, int alias) {
        entry = candidate;
        aliasOf = alias;
        return candidate != null;
    }
}
