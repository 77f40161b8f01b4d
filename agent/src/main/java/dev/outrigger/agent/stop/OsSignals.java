package dev.outrigger.agent.stop;

import java.lang.reflect.Proxy;

/// Signals of the operating system to this process.
public final class OsSignals {
    private OsSignals() {}

    /// Has a signal run an action from now on, on a thread of the JVM's for each time it comes.
    ///
    /// @param name without `SIG`, for example `USR2`
    /// @param action returns at once
    /// @throws IllegalArgumentException when the JVM keeps this signal to itself, runs with `-Xrs`, or is without
    ///     `sun.misc.Signal`
    public static void handle(String name, Runnable action) {
        // By reflection: javac warns of sun.misc.Signal without a way to say that it is meant.
        try {
            var signal = Class.forName("sun.misc.Signal");
            var handler = Class.forName("sun.misc.SignalHandler");
            var ours = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (_, _, _) -> {
                action.run();
                return null;
            });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(String.valueOf(e.getCause() == null ? e : e.getCause()), e);
        }
    }
}
