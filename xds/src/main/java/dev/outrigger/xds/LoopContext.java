package dev.outrigger.xds;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Runs actions one after the other on an event loop: at once when called there, unless one is running already.
/// What such an action changes needs no lock.
final class LoopContext {
    private static final System.Logger log = System.getLogger(LoopContext.class.getName());

    private final EventLoop loop;
    private final Consumer<Throwable> crashed;
    private final Deque<Runnable> actions = new ArrayDeque<>();
    private boolean running;

    /// @param crashed hears what an action threw; the others run all the same
    LoopContext(EventLoop loop, Consumer<Throwable> crashed) {
        this.loop = loop;
        this.crashed = crashed;
    }

    /// From any thread. After the loop has ended, nothing happens.
    void execute(Runnable action) {
        if (loop.inEventLoop()) {
            actions.addLast(action);
            drain();
            return;
        }
        try {
            loop.execute(() -> execute(action));
        } catch (RejectedExecutionException _) {
            log.log(System.Logger.Level.DEBUG, "the loop ended before its actions");
        }
    }

    /// @throws IllegalStateException when no action of this context is running here
    void requireInside() {
        if (!running || !loop.inEventLoop()) {
            throw new IllegalStateException("called from outside of the context that owns this");
        }
    }

    private void drain() {
        if (running) {
            return;
        }
        running = true;
        try {
            for (var action = actions.pollFirst(); action != null; action = actions.pollFirst()) {
                run(action);
            }
        } finally {
            running = false;
        }
    }

    private void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            crashed.accept(e);
        }
    }
}
