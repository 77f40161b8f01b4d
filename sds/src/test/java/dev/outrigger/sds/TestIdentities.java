package dev.outrigger.sds;

import dev.outrigger.testkit.TestCa;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Identities that are real and differ in the part a test is about.
final class TestIdentities {
    static final String ID = "spiffe://test.example/ns/a/sa/b";

    private TestIdentities() {}

    static Identity of(TestCa ca) {
        return of(ca.issue(ID, Duration.ofHours(1)), List.of(ca.root()), Map.of());
    }

    static Identity of(
            TestCa.Issued issued, List<X509Certificate> bundle, Map<String, List<X509Certificate>> federated) {
        return Identity.of(ID, issued.key(), issued.chain(), bundle, federated);
    }

    /// The same certificate with other roots.
    static Identity withBundle(Identity identity, X509Certificate... roots) {
        return Identity.of(identity.spiffeId(), identity.key(), identity.chain(), List.of(roots), identity.federated());
    }

    static Identity withFederated(Identity identity, Map<String, List<X509Certificate>> federated) {
        return Identity.of(identity.spiffeId(), identity.key(), identity.chain(), identity.bundle(), federated);
    }
}
