package dev.outrigger.sds;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an identity source knows about itself at one moment; holds no secret.
///
/// @param source for example `Workload API unix:///run/spire/agent.sock`
/// @param spiffeId of the identity in use, null before the first
/// @param chain its certificates, the leaf first; empty before the first
/// @param receivedAt when it came, by the local clock
/// @param issuedAt from when its leaf is valid; authorities date it back a little
/// @param expiresAt when its chain ends
/// @param nextRotation when this agent renews, or, where the source pushes, when it asks if nothing has come;
///     null where the source is only followed, as files are
/// @param lastError why the last attempt failed, null when the last one succeeded
/// @param lastErrorAt when it failed
/// @param rotations identities taken since the start, the first included
public record IdentityStatus(
        String source,
        @Nullable String spiffeId,
        List<Certificate> chain,
        @Nullable Instant receivedAt,
        @Nullable Instant issuedAt,
        @Nullable Instant expiresAt,
        @Nullable Instant nextRotation,
        @Nullable String lastError,
        @Nullable Instant lastErrorAt,
        long rotations) {
    /// Copies the list.
    public IdentityStatus {
        chain = List.copyOf(chain);
    }

    /// One certificate, for humans.
    ///
    /// @param subject its distinguished name (RFC 2253), empty when it has none
    /// @param issuer the one of who signed it
    /// @param serial in hexadecimal
    /// @param notBefore from when it is valid
    /// @param notAfter until when
    public record Certificate(String subject, String issuer, String serial, Instant notBefore, Instant notAfter) {
        static Certificate of(X509Certificate certificate) {
            return new Certificate(
                    DistinguishedName.text(certificate.getSubjectX500Principal()),
                    DistinguishedName.text(certificate.getIssuerX500Principal()),
                    certificate.getSerialNumber().toString(16),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant());
        }
    }

    /// Before the first identity, and of a source that never has one.
    static IdentityStatus none(String source) {
        return new IdentityStatus(source, null, List.of(), null, null, null, null, null, null, 0);
    }

    /// @param at when it came
    IdentityStatus taken(Identity identity, Instant at, @Nullable Instant nextRotation, boolean changed) {
        return new IdentityStatus(
                source,
                identity.spiffeId(),
                identity.chain().stream().map(Certificate::of).toList(),
                at,
                identity.notBefore(),
                identity.expiresAt(),
                nextRotation,
                null,
                null,
                rotations + (changed ? 1 : 0));
    }

    IdentityStatus failed(String reason, Instant at, @Nullable Instant nextRotation) {
        return new IdentityStatus(
                source, spiffeId, chain, receivedAt, issuedAt, expiresAt, nextRotation, reason, at, rotations);
    }

    /// The identity in use was given up.
    IdentityStatus dropped() {
        return new IdentityStatus(
                source, null, List.of(), null, null, null, nextRotation, lastError, lastErrorAt, rotations);
    }
}
