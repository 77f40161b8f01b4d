package dev.outrigger.dev;

import dev.outrigger.dev.Snapshot.Collection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one stream wants of one type, what its client holds, and which pushes it has not answered yet. Owned by
/// the stream.
final class Subscription {
    private static final String ALL = "*";
    /// Held in place of a version: the client was told that there is no such resource.
    private static final String MISSING = "";

    private final boolean wildcardByDefault;
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> held = new TreeMap<>();
    private final Map<String, Sent> unanswered = new LinkedHashMap<>();
    private boolean wildcard;
    private boolean named;
    private boolean known;
    private boolean due;
    private String latestNonce = "";

    Subscription(String typeUrl) {
        wildcardByDefault = ResourceType.isWildcardByDefault(typeUrl);
    }

    /// A push on its way.
    record Sent(String version, Instant at) {}

    /// What brings a client up to date.
    ///
    /// @param all names that the client should hold then
    record Update(List<String> all, List<String> added, List<String> changed, List<String> removed) {}

    /// Takes a request of the delta protocol.
    ///
    /// @param versions the client holds from an earlier stream; only in the first request
    void takeDelta(List<String> subscribe, List<String> unsubscribe, Map<String, String> versions) {
        boolean first = !known;
        known = true;
        if (first) {
            wildcard = subscribe.isEmpty() && wildcardByDefault;
            held.putAll(versions);
            due = wildcard && versions.isEmpty();
        }
        for (var name : subscribe) {
            if (name.equals(ALL)) {
                due |= !wildcard && held.isEmpty();
                wildcard = true;
            } else {
                names.add(name);
                held.remove(first ? ALL : name); // asked for again means: send it again
            }
        }
        unsubscribe.forEach(this::drop);
        held.keySet().retainAll(wildcard ? held.keySet() : names);
    }

    /// Has these sent again where there are such, whatever the client has.
    void resend(Set<String> these) {
        held.keySet().removeAll(these);
    }

    private void drop(String name) {
        if (name.equals(ALL)) {
            wildcard = false;
        } else if (names.remove(name)) {
            held.remove(name); // under a wildcard the client is told again what there is
        }
    }

    /// Takes a request of the state-of-the-world protocol.
    ///
    /// @param wanted names; all when it is empty and always was
    /// @param nonce of the push it answers; empty for none
    /// @param again whether that push was answered before: the client lost what it had, as Envoy does when it
    ///     warms a changed cluster
    void takeSotw(List<String> wanted, String nonce, boolean again) {
        if (known && !nonce.equals(latestNonce)) {
            return; // answers an older push; the answer to the latest is on its way and has the names
        }
        var before = Set.copyOf(names);
        boolean wasWildcard = wildcard;
        names.clear();
        names.addAll(wanted);
        wildcard = names.remove(ALL) || (wanted.isEmpty() && wildcardByDefault && !named);
        named |= !wanted.isEmpty();
        due |= !known || again || !names.equals(before) || wildcard != wasWildcard;
        known = true;
        held.keySet().retainAll(wildcard ? held.keySet() : names);
    }

    /// What the client lacks; null when it is up to date and nobody waits for an answer. It counts as sent then.
    @Nullable
    Update next(Collection collection) {
        var update = new Update(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        collection.resources().forEach((name, resource) -> {
            if (wildcard || names.contains(name)) {
                update.all().add(name);
                var before = held.put(name, resource.version());
                if (before == null || before.equals(MISSING)) {
                    update.added().add(name);
                } else if (!before.equals(resource.version())) {
                    update.changed().add(name);
                }
            }
        });
        remove(collection, update);
        boolean owed = due
                || !update.added().isEmpty()
                || !update.changed().isEmpty()
                || !update.removed().isEmpty();
        due = false;
        return owed ? update : null;
    }

    private void remove(Collection collection, Update update) {
        var gone = new HashSet<>(held.keySet());
        gone.addAll(names);
        gone.removeAll(collection.resources().keySet());
        for (var name : gone.stream().sorted().toList()) {
            var before = names.contains(name) ? held.put(name, MISSING) : held.remove(name);
            if (!MISSING.equals(before)) {
                update.removed().add(name);
            }
        }
    }

    void sent(String nonce, Sent push) {
        latestNonce = nonce;
        unanswered.put(nonce, push);
    }

    /// The push that a nonce answers; null when there is none, or it was answered before.
    @Nullable
    Sent answered(String nonce) {
        return unanswered.remove(nonce);
    }
}
