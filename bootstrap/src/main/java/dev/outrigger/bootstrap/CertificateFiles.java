package dev.outrigger.bootstrap;

import java.nio.file.Path;
import java.time.Duration;

/// Files from which a gRPC client or server takes its identity. All are PEM, absolute, and replaced together.
///
/// @param certificate the chain, leaf first
/// @param key the private key of the leaf
/// @param roots whom to trust
/// @param refresh how often they are read again; positive
public record CertificateFiles(Path certificate, Path key, Path roots, Duration refresh) {
    /// Checks what gRPC would refuse.
    ///
    /// @throws IllegalArgumentException for a relative path, or a refresh that is not positive
    public CertificateFiles {
        Values.requireAbsolute("the certificate file", certificate);
        Values.requireAbsolute("the key file", key);
        Values.requireAbsolute("the roots file", roots);
        if (!refresh.isPositive()) {
            throw new IllegalArgumentException("certificate files cannot be read again every " + refresh
                    + "; give a positive duration, for example 10m");
        }
    }
}
