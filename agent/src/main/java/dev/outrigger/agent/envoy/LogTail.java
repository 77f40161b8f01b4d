package dev.outrigger.agent.envoy;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The last lines of a log, at most a megabyte of them. Any thread.
final class LogTail {
    private static final int LINES = 200;
    private static final int LONGEST = 4096;

    @GuardedBy("this")
    private final Deque<String> lines = new ArrayDeque<>();

    synchronized void add(String line) {
        if (lines.size() == LINES) {
            lines.removeFirst();
        }
        lines.addLast(line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…");
    }

    /// Oldest first.
    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
