package dev.outrigger.dev;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Remembers what a control plane told, as lines. Guarded by itself.
final class Heard implements ControlPlane.Listener {
    private static final long LIMIT_SECONDS = 30;

    private final List<String> lines = new ArrayList<>();

    @Override
    public void streamOpened(String node) {
        add("opened " + node);
    }

    @Override
    public void pushed(String node, String typeUrl, String version, ControlPlane.Changes changes) {
        add("pushed " + ResourceType.label(typeUrl) + " v" + version + " +" + changes.added() + " ~" + changes.changed()
                + " -" + changes.removed());
    }

    @Override
    public void acked(String node, String typeUrl, String version, Duration took) {
        add("acked " + ResourceType.label(typeUrl) + " v" + version + (took.isNegative() ? " too early" : ""));
    }

    @Override
    public void nacked(String node, String typeUrl, String version, String reason) {
        add("nacked " + ResourceType.label(typeUrl) + " v" + version + " " + reason);
    }

    @Override
    public void streamClosed(String node) {
        add("closed " + node);
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    synchronized void clear() {
        lines.clear();
    }

    /// Waits until the lines are like this; at most 30 s.
    synchronized List<String> await(Predicate<List<String>> like) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!like.test(lines)) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("not heard; but:\n" + String.join("\n", lines));
            }
            wait(left);
        }
        return List.copyOf(lines);
    }

    List<String> await(String line) throws InterruptedException {
        return await(all -> all.contains(line));
    }
}
