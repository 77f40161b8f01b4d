package dev.outrigger.sds;

import dev.outrigger.health.Condition;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/// The source of those who want no identity.
final class NoIdentitySource implements IdentitySource {
    private final Latest<Identity> latest = new Latest<>();

    NoIdentitySource(Condition condition) {
        condition.met("no identity is configured");
    }

    @Override
    public Latest<Identity> latest() {
        return latest;
    }

    @Override
    public CompletableFuture<Identity> renew(String why) {
        return CompletableFuture.failedFuture(new IOException("no identity is configured, so there is none to renew"));
    }

    @Override
    public IdentityStatus status() {
        return IdentityStatus.none("none");
    }

    @Override
    public void close() {}
}
