package dev.outrigger.sds;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Everything that is on offer at one moment: the secrets of the identity, and those that are provided because a
/// stream wants their name.
///
/// Owned by the service's loop; `version` and `troubles` may be read from anywhere.
final class SecretShelf {
    private static final Logger LOG = System.getLogger(SecretShelf.class.getName());
    /// A client that asks for ever more files must not fill the memory.
    private static final int MOST_PROVIDED = 1_000;

    private final SdsConfig config;
    private final Executor loop;
    private final List<NamedSecrets> others;
    private final Consumer<String> changed;
    private final InstantSource clock;
    private final Map<String, Provided> provided = new HashMap<>();
    private @Nullable Secrets identity;
    private final Map<String, String> troubles = new ConcurrentHashMap<>();
    private volatile String version = "";
    private long otherChanges;

    /// @param others asked in this order whether a name is theirs
    /// @param changed called on the loop with the name that changed, or `*` for all that comes with the identity
    /// @param clock judges what has expired
    SecretShelf(
            SdsConfig config, Executor loop, List<NamedSecrets> others, Consumer<String> changed, InstantSource clock) {
        this.config = config;
        this.loop = loop;
        this.others = List.copyOf(others);
        this.changed = changed;
        this.clock = clock;
    }

    /// Replaces all that comes with the identity.
    void offer(Identity next) {
        identity = Secrets.of(next, config, identity);
        changed(SecretStream.ALL);
    }

    /// Nothing of the identity is given out any more. Nobody is told: Envoy has no way to give a secret back.
    void withdraw() {
        identity = null;
        changed(SecretStream.ALL);
    }

    /// Null while there is none under that name that has not expired.
    @Nullable
    SecretResource named(String name) {
        var found = find(name);
        return found == null || isOver(found) ? null : found;
    }

    /// Whether it is held back only because it has expired: a peer would refuse it.
    boolean isExpired(String name) {
        var found = find(name);
        return found != null && isOver(found);
    }

    private @Nullable SecretResource find(String name) {
        var own = identity == null ? null : identity.named(name);
        var other = provided.get(name);
        return own == null && other != null ? other.secret() : own;
    }

    private boolean isOver(SecretResource secret) {
        return !clock.instant().isBefore(secret.expiresAt());
    }

    boolean hasIdentity() {
        return identity != null;
    }

    /// What a client gets that names nothing; empty while there is no identity.
    List<String> conventional() {
        return identity == null ? List.of() : identity.conventional();
    }

    /// Changes exactly when something on offer does; empty while there is nothing.
    String version() {
        return version;
    }

    /// Whether somebody else provides it, so that it is worth waiting for.
    boolean isProvided(String name) {
        return others.stream().anyMatch(other -> other.has(name));
    }

    /// Why there is none, or no newer one; null when all is well or nothing is known yet.
    @Nullable
    String trouble(String name) {
        var other = provided.get(name);
        return other == null ? null : other.trouble();
    }

    /// Troubles of all that is wanted, by name, at this moment.
    Map<String, String> troubles() {
        return Map.copyOf(troubles);
    }

    /// Somebody begins to want this name; one {@link #release} each.
    void retain(String name) {
        var other = provided.get(name);
        if (other == null) {
            other = begin(name);
        }
        if (other != null) {
            other.retain();
        }
    }

    void release(String name) {
        var other = provided.get(name);
        if (other != null && other.release()) {
            provided.remove(name);
            troubles.remove(name);
        }
    }

    /// Runs once there is a secret of that name or a reason why not; at once for names that nobody provides.
    void whenKnown(String name, Runnable then) {
        var other = provided.get(name);
        if (other == null) {
            then.run();
        } else {
            other.whenKnown(then);
        }
    }

    private @Nullable Provided begin(String name) {
        for (var source : others) {
            if (source.has(name)) {
                var begun = new Provided();
                provided.put(name, begun);
                if (provided.size() > MOST_PROVIDED) {
                    var reason = "more than " + MOST_PROVIDED + " files and tokens are wanted at once";
                    begun.failed(reason);
                    troubles.put(name, reason);
                } else {
                    begun.begin(source.provide(name, new OnLoop(name, begun)));
                }
                return begun;
            }
        }
        return null;
    }

    private void changed(String name) {
        version = (identity == null ? "" : identity.version()) + (otherChanges == 0 ? "" : "." + otherChanges);
        changed.accept(name);
    }

    /// Brings what is heard to the loop. What comes after the end of its subscription is dropped.
    private final class OnLoop implements NamedSecrets.Listener {
        private final String name;
        private final Provided target;

        OnLoop(String name, Provided target) {
            this.name = name;
            this.target = target;
        }

        @Override
        public void found(SecretResource secret) {
            onLoop(() -> {
                target.found(secret);
                troubles.remove(name);
                otherChanges++;
                changed(name);
            });
        }

        @Override
        public void failed(String reason) {
            onLoop(() -> {
                if (target.failed(reason)) {
                    LOG.log(
                            Level.WARNING,
                            target.secret() == null
                                    ? "secret held back name={0}: {1}"
                                    : "secret not renewed, the last one stays name={0}: {1}",
                            name,
                            reason);
                }
                troubles.put(name, reason);
            });
        }

        private void onLoop(Runnable action) {
            try {
                loop.execute(() -> {
                    if (provided.get(name) == target) {
                        action.run();
                    }
                });
            } catch (RejectedExecutionException _) {
                LOG.log(Level.DEBUG, "the loop of the secret streams ended before a secret came");
            }
        }
    }
}
