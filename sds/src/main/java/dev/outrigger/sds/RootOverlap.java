package dev.outrigger.sds;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/// Keeps trusting a root that an authority no longer names until every certificate that came with it is over: the
/// peers still show theirs until they rotate. Owned by its user.
final class RootOverlap {
    private final Map<X509Certificate, Instant> until = new HashMap<>();

    /// The identity with its own roots and those that are not over yet.
    Identity with(Identity identity, Instant now) {
        until.values().removeIf(end -> !now.isBefore(end));
        identity.bundle().forEach(root -> until.merge(root, identity.expiresAt(), RootOverlap::later));
        if (until.size() == identity.bundle().size()) {
            return identity;
        }
        return Identity.of(
                identity.spiffeId(),
                identity.key(),
                identity.chain(),
                PemReader.sorted(new ArrayList<>(until.keySet())),
                identity.federated());
    }

    private static Instant later(Instant a, Instant b) {
        return a.isBefore(b) ? b : a;
    }
}
