package dev.outrigger.agent.config;

import dev.outrigger.bootstrap.CertificateFiles;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Files in which the workload's identity is kept for other processes.
///
/// @param certificates certificate, key and roots, all in one folder; empty for none
/// @param keyPermissions of the key, in the form `rw-------`
/// @param tokens audience to the file of its JWT-SVID; often empty
public record CredentialsConfig(
        Optional<CertificateFiles> certificates, String keyPermissions, Map<String, Path> tokens) {
    /// Copies the map.
    public CredentialsConfig {
        tokens = Map.copyOf(tokens);
    }
}
