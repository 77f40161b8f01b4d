package dev.outrigger.dns;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.TextParseException;

/// Finds what a query asks for in a table. Reused to allocate nothing; owned by the event loop that asks.
///
/// A client that expands names by a search domain asks for `api.example.com.default.svc.cluster.local`
/// first. When the table has only `api.example.com`, the find says so, and the answer is a CNAME to it: one
/// question instead of many.
final class Lookup {
    /// How a name was found.
    enum How {
        NOT,
        EXACT,
        /// By a short form of a service's name.
        SHORT,
        WILDCARD
    }

    private static final byte[] SVC = {3, 's', 'v', 'c'};

    private final byte[] domain;
    private final byte[] svcDomain;
    private final byte[] ownDomain;
    private final byte[] expanded = new byte[4 * Wire.MAX_NAME_BYTES];

    private @Nullable NameEntry entry;
    private How how = How.NOT;
    private int aliasOf;

    /// @param mesh decides which short forms there are
    Lookup(MeshDomain mesh) {
        this.domain = labels(mesh.domain());
        this.svcDomain = domain.length == 0 ? domain : labels("svc." + mesh.domain());
        this.ownDomain = labels(mesh.searchDomain());
    }

    /// Looks for the exact name, then for a service of which it is a short form, then for both without a
    /// search domain, then for the longest wildcard.
    ///
    /// @param searchDomains lower-case labels in wire form without the root
    /// @return whether {@link #entry} is set
    boolean find(NameTable table, Query query, List<byte[]> searchDomains) {
        int end = query.nameLength();
        entry = null;
        how = How.NOT;
        aliasOf = 0;
        if (end == 0 || findWhole(table, query, end, 0)) {
            return end != 0;
        }
        for (int i = 0; i < searchDomains.size(); i++) {
            int before = query.bytesBefore(searchDomains.get(i));
            if (before > 0 && findWhole(table, query, before, before)) {
                return true;
            }
        }
        return table.hasWildcards() && findWildcard(table, query, searchDomains);
    }

    /// Whether nobody but the mesh can know the name: it is below the mesh domain, or `service.namespace.svc`, as
    /// there is no such domain outside. Shorter forms may be anybody's; clients try them below a search domain
    /// first.
    boolean isOfMesh(Query query) {
        return query.bytesBefore(domain) > 0 || query.bytesBefore(SVC) > 0;
    }

    private boolean findWhole(NameTable table, Query query, int end, int alias) {
        return found(table.exact(query.name, 0, end), How.EXACT, alias) || findShort(table, query.name, end, alias);
    }

    /// The own namespace comes first, as it does among the search domains of a pod.
    private boolean findShort(NameTable table, byte[] name, int end, int alias) {
        return expands(table, name, end, ownDomain, alias)
                || expands(table, name, end, svcDomain, alias)
                || (end > SVC.length
                        && Arrays.equals(name, end - SVC.length, end, SVC, 0, SVC.length)
                        && expands(table, name, end, domain, alias));
    }

    private boolean expands(NameTable table, byte[] name, int end, byte[] suffix, int alias) {
        if (suffix.length == 0) {
            return false;
        }
        System.arraycopy(name, 0, expanded, 0, end);
        System.arraycopy(suffix, 0, expanded, end, suffix.length);
        return found(table.service(expanded, end + suffix.length), How.SHORT, alias);
    }

    private boolean findWildcard(NameTable table, Query query, List<byte[]> searchDomains) {
        for (int i = 1; i < query.labelCount(); i++) {
            int from = query.label(i);
            if (found(table.wildcard(query.name, from, query.nameLength()), How.WILDCARD, 0)) {
                return true;
            }
            for (int j = 0; j < searchDomains.size(); j++) {
                int before = query.bytesBefore(searchDomains.get(j));
                if (before > from && found(table.wildcard(query.name, from, before), How.WILDCARD, before)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// What was found last.
    @Nullable
    NameEntry entry() {
        return entry;
    }

    How how() {
        return how;
    }

    /// The name found is that of the question without a search domain: this many bytes of it. 0 when it is
    /// the question's own name.
    int aliasOf() {
        return aliasOf;
    }

    private boolean found(@Nullable NameEntry candidate, How by, int alias) {
        if (candidate == null) {
            return false;
        }
        entry = candidate;
        how = by;
        aliasOf = alias;
        return true;
    }

    private static byte[] labels(String name) {
        try {
            return name.isEmpty() ? new byte[0] : NameEntry.labels(name);
        } catch (TextParseException e) {
            return new byte[0]; // no name can be below it; the settings refuse it with a reason
        }
    }
}
