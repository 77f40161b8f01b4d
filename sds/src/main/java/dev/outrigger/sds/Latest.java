package dev.outrigger.sds;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The last published value of something that changes, and those who want to hear of it.
///
/// Thread-safe and without locks. A listener hears the current value (if there is one) and then later ones, in
/// order, one at a time, each on the thread that published it or that subscribed; it must be quick and must not
/// block. Under a burst it may miss values in between, but never the newest. A listener that throws is logged and
/// stays.
///
/// @param <T> immutable; two equal values count as one
public final class Latest<T> {
    private static final Logger LOG = System.getLogger(Latest.class.getName());

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable T value;

    /// Nothing published yet.
    public Latest() {}

    /// The last published value; never blocks.
    public Optional<T> get() {
        return Optional.ofNullable(value);
    }

    /// Calls the consumer with the current value and with each later one, until the subscription is closed. A
    /// call that has begun may still be running when {@link Subscription#close} returns.
    public Subscription onChange(Consumer<T> consumer) {
        return onChange(consumer, () -> {});
    }

    /// As {@link #onChange(Consumer)}, and calls `withdrawn` when the value that was heard last is taken back.
    public Subscription onChange(Consumer<T> consumer, Runnable withdrawn) {
        var listener = new Listener(consumer, withdrawn);
        listeners.add(listener);
        listener.signal();
        return () -> listeners.remove(listener);
    }

    /// Replaces the value and tells the listeners; nothing happens when it equals the last one. One thread at a
    /// time.
    void publish(T next) {
        if (next.equals(value)) {
            return;
        }
        value = next;
        listeners.forEach(Listener::signal);
    }

    /// Takes the value back: {@link #get} is empty until the next one is published. As {@link #publish}, one
    /// thread at a time.
    void withdraw() {
        if (value != null) {
            value = null;
            listeners.forEach(Listener::signal);
        }
    }

    /// Ends what {@link #onChange} began.
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// Whoever raises `signals` from zero delivers until it is zero again; so calls never overlap.
    private final class Listener {
        private final Consumer<T> consumer;
        private final Runnable withdrawn;
        private final AtomicInteger signals = new AtomicInteger();
        private @Nullable T heard;

        Listener(Consumer<T> consumer, Runnable withdrawn) {
            this.consumer = consumer;
            this.withdrawn = withdrawn;
        }

        void signal() {
            if (signals.getAndIncrement() != 0) {
                return;
            }
            int taken = 1;
            do {
                deliver();
                taken = signals.addAndGet(-taken);
            } while (taken != 0);
        }

        private void deliver() {
            var now = value;
            if (Objects.equals(now, heard)) {
                return;
            }
            heard = now;
            try {
                if (now == null) {
                    withdrawn.run();
                } else {
                    consumer.accept(now);
                }
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "listener failed and stays subscribed", e);
            }
        }
    }
}
