package dev.outrigger.sds;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One secret that is provided while it is wanted: how many want it, and what came of it.
///
/// Owned by the service's loop.
final class Provided {
    private final List<Runnable> waiting = new ArrayList<>();
    private int wanted;
    private NamedSecrets.@Nullable Subscription subscription;
    private @Nullable SecretResource secret;
    private @Nullable String trouble;

    void begin(NamedSecrets.Subscription begun) {
        subscription = begun;
    }

    void retain() {
        wanted++;
    }

    /// Whether nobody wants it any more; then it has ended.
    boolean release() {
        if (--wanted > 0) {
            return false;
        }
        if (subscription != null) {
            subscription.close();
        }
        return true;
    }

    void found(SecretResource found) {
        secret = found;
        trouble = null;
        tell();
    }

    /// Whether this is news.
    boolean failed(String reason) {
        var news = !reason.equals(trouble);
        trouble = reason;
        tell();
        return news;
    }

    /// Runs once there is something to say; at once when there is already.
    void whenKnown(Runnable then) {
        if (secret == null && trouble == null) {
            waiting.add(then);
        } else {
            then.run();
        }
    }

    @Nullable
    SecretResource secret() {
        return secret;
    }

    /// Why there is none, or no newer one; null when all is well.
    @Nullable
    String trouble() {
        return trouble;
    }

    private void tell() {
        var now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(Runnable::run);
    }
}
