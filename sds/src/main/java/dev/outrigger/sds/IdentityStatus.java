package dev.outrigger.sds;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What an identity source knows about itself at one moment; holds no secret.
///
/// @param source for example `Workload API unix:///run/spire/agent.sock`
/// @param spiffeId of the identity in use, null before the first
/// @param receivedAt when it came, by the local clock
/// @param expiresAt when its chain ends
/// @param nextRotation when this agent renews, or, where the source pushes, when it asks if nothing has come;
///     null where the source is only followed, as files are
/// @param lastError why the last attempt failed, null when the last one succeeded
/// @param lastErrorAt when it failed
/// @param rotations identities taken since the start, the first included
public record IdentityStatus(
        String source,
        @Nullable String spiffeId,
        @Nullable Instant receivedAt,
        @Nullable Instant expiresAt,
        @Nullable Instant nextRotation,
        @Nullable String lastError,
        @Nullable Instant lastErrorAt,
        long rotations) {
    /// Before the first identity, and of a source that never has one.
    static IdentityStatus none(String source) {
        return new IdentityStatus(source, null, null, null, null, null, null, 0);
    }

    /// @param at when it came
    IdentityStatus taken(Identity identity, Instant at, @Nullable Instant nextRotation, boolean changed) {
        return new IdentityStatus(
                source,
                identity.spiffeId(),
                at,
                identity.expiresAt(),
                nextRotation,
                null,
                null,
                rotations + (changed ? 1 : 0));
    }

    IdentityStatus failed(String reason, Instant at, @Nullable Instant nextRotation) {
        return new IdentityStatus(source, spiffeId, receivedAt, expiresAt, nextRotation, reason, at, rotations);
    }

    /// The identity in use was given up.
    IdentityStatus dropped() {
        return new IdentityStatus(source, null, null, null, nextRotation, lastError, lastErrorAt, rotations);
    }
}
