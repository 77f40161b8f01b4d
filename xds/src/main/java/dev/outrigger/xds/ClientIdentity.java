package dev.outrigger.xds;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// What this workload shows to the control plane, and whom it trusts.
///
/// @param key private key of the first certificate of `chain`
/// @param chain leaf first, at least one
/// @param roots trust bundle; may be empty when {@link Roots.Identity} is not used
public record ClientIdentity(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots) {
    /// Copies the lists.
    ///
    /// @throws IllegalArgumentException when `chain` is empty
    public ClientIdentity {
        chain = List.copyOf(chain);
        roots = List.copyOf(roots);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a client identity needs at least one certificate");
        }
    }

    /// Names the leaf and leaves the key out.
    @Override
    public String toString() {
        return "ClientIdentity[serial=" + chain.getFirst().getSerialNumber().toString(16) + "]";
    }
}
