package dev.outrigger.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A clock and a scheduler that stand still until a test moves them. Tasks run on the thread that executes or advances,
/// one at a time and in order; what a task executes runs after it.
///
/// Any thread may use it; everything mutable is guarded by it, and no task runs while it is locked.
public final class FakeScheduler extends AbstractExecutorService implements ScheduledExecutorService, InstantSource {
    private final PriorityQueue<Task<?>> waiting = new PriorityQueue<>();
    private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
    private Instant now;
    private long created;
    private boolean running;
    private boolean shutdown;

    /// @param start what its clock shows
    public FakeScheduler(Instant start) {
        now = start;
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    /// Moves the clock and runs what falls due, each task with the clock at its time. A periodic task runs as often as
    /// it would have.
    public void advance(Duration by) {
        var end = instant().plus(by);
        for (var task = due(end); task != null; task = due(end)) {
            execute(task);
        }
        become(end);
    }

    /// Sets the clock alone, also back, as an operator or NTP does; the delays that are left stay as they are.
    public synchronized void setClock(Instant time) {
        var shift = Duration.between(now, time);
        now = time;
        var moved = List.copyOf(waiting);
        waiting.clear();
        for (var task : moved) {
            task.at = task.at.plus(shift);
            waiting.add(task);
        }
    }

    /// Delays of the tasks that wait, the next one first.
    public synchronized List<Duration> pending() {
        return waiting.stream()
                .filter(task -> !task.isDone())
                .sorted()
                .map(task -> Duration.between(now, task.at))
                .toList();
    }

    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            if (shutdown) {
                throw new RejectedExecutionException("the scheduler is shut down");
            }
            ready.add(task);
            if (running) {
                return;
            }
            running = true;
        }
        drain();
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        return add(new Task<>(task, at(delay, unit), Duration.ZERO));
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        return add(new Task<>(task, at(delay, unit)));
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long delay, long period, TimeUnit unit) {
        return add(new Task<>(task, at(delay, unit), Duration.of(period, unit.toChronoUnit())));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long delay, long period, TimeUnit unit) {
        return scheduleAtFixedRate(task, delay, period, unit); // the same while a task takes no time
    }

    @Override
    public synchronized void shutdown() {
        shutdown = true;
        waiting.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }

    @Override
    public synchronized boolean isShutdown() {
        return shutdown;
    }

    @Override
    public synchronized boolean isTerminated() {
        return shutdown && !running;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return isTerminated();
    }

    private void drain() {
        for (var task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                synchronized (this) {
                    running = false;
                }
                throw e;
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        var task = ready.poll();
        running = task != null;
        return task;
    }

    private synchronized @Nullable Runnable due(Instant end) {
        var task = waiting.peek();
        if (task == null || task.at.isAfter(end)) {
            return null;
        }
        waiting.remove(task);
        now = task.at.isAfter(now) ? task.at : now;
        if (!task.period.isZero() && !task.isDone()) {
            task.at = task.at.plus(task.period);
            waiting.add(task);
        }
        return task;
    }

    private synchronized void become(Instant time) {
        now = time.isAfter(now) ? time : now;
    }

    private synchronized Instant at(long delay, TimeUnit unit) {
        return now.plus(Duration.of(Math.max(0, delay), unit.toChronoUnit()));
    }

    private synchronized <T extends Task<?>> T add(T task) {
        if (shutdown) {
            throw new RejectedExecutionException("the scheduler is shut down");
        }
        waiting.add(task);
        return task;
    }

    /// Due times are guarded by the scheduler.
    private final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
        private final Duration period;
        private final long number = created++;
        private Instant at;

        Task(Runnable task, Instant at, Duration period) {
            super(task, null);
            this.at = at;
            this.period = period;
        }

        Task(Callable<V> task, Instant at) {
            super(task);
            this.at = at;
            this.period = Duration.ZERO;
        }

        @Override
        public void run() {
            if (period.isZero()) {
                super.run();
            } else {
                runAndReset();
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(Duration.between(instant(), at));
        }

        @Override
        public int compareTo(Delayed other) {
            return other instanceof Task<?> task
                    ? Comparator.<Task<?>, Instant>comparing(t -> t.at)
                            .thenComparingLong(t -> t.number)
                            .compare(this, task)
                    : Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }
}
