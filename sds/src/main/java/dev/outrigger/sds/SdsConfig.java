package dev.outrigger.sds;

import java.nio.file.Path;

/// How secrets are served.
///
/// @param socket the Unix socket to listen on, in a folder whose path is at most 80 bytes long; its directory is
///     made if absent
/// @param socketPermissions in the form `rw-------`; whoever may connect may read the private key
/// @param certificateName the resource that carries chain and key; `default` by convention
/// @param rootName the resource that carries the own trust bundle; `ROOTCA` by convention
/// @param allName the resource that carries the bundles of all trust domains, always for Envoy's SPIFFE
///     validator; `ALL` by convention. It wins over a root name that is the same
/// @param trust in which form bundles are served under the other names
public record SdsConfig(
        Path socket, String socketPermissions, String certificateName, String rootName, String allName, Trust trust) {
    /// The form of a trust bundle.
    public enum Trust {
        /// Plain roots (`trusted_ca`).
        CA,
        /// Envoy's SPIFFE validator (`envoy.tls.cert_validator.spiffe`): a root may sign for its own trust domain
        /// only.
        SPIFFE
    }

    /// Checks the names.
    ///
    /// @throws IllegalArgumentException when one is empty, or the certificate would have the name of a bundle
    public SdsConfig {
        if (certificateName.isEmpty() || rootName.isEmpty() || allName.isEmpty()) {
            throw new IllegalArgumentException("a name under which secrets are served is empty; give one, for example"
                    + " --sds-default-name default --sds-root-name ROOTCA --sds-all-name ALL");
        }
        if (certificateName.equals(rootName) || certificateName.equals(allName)) {
            throw new IllegalArgumentException("sds-default-name=" + certificateName
                    + " is also the name of a trust bundle; give the certificate a name of its own");
        }
    }

    /// The conventional names, for the owner only.
    public SdsConfig(Path socket) {
        this(socket, "rw-------", "default", "ROOTCA", "ALL", Trust.CA);
    }
}
