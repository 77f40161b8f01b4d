package dev.outrigger.sds;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Provides `fake:…` as a test says. Called on the service's loop by it, and by a test that goes there.
final class FakeNamed implements NamedSecrets {
    static final String PREFIX = "fake:";

    final Map<String, Listener> wanted = new HashMap<>();

    /// Who waits for this name.
    Listener of(String name) {
        return Optional.ofNullable(wanted.get(name)).orElseThrow();
    }

    @Override
    public boolean has(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public Subscription provide(String name, Listener listener) {
        if (wanted.put(name, listener) != null) {
            throw new AssertionError(name + " is provided twice");
        }
        return () -> wanted.remove(name, listener);
    }
}
