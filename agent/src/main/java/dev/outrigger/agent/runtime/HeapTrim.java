package dev.outrigger.agent.runtime;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Has the heap collected once some megabytes of garbage may have piled up in it. The JVM itself would let it
/// grow to its limit first, as it sees no reason to do work earlier: after some pushes or scrapes each agent of a
/// node would weigh 40 MB more than it needs. What a collection frees goes back to the system
/// (`-XX:MaxHeapFreeRatio` of the launcher). Owned by the main thread, which waits meanwhile.
final class HeapTrim {
    /// What may pile up at least.
    static final long LEAST = 4 << 20;
    /// What may pile up beside much that is in use: a quarter of it.
    static final int SHARE = 4;
    /// A collection is paid for by the time that it took, this many times.
    static final int PACE = 100;
    /// When what the start left is collected: other work comes first.
    static final Duration SETTLED = Duration.ofSeconds(10);

    private final Heap heap;
    private final InstantSource clock;
    private long left;
    private Instant next;

    /// What it looks at.
    interface Heap {
        /// Bytes, garbage included.
        long used();

        /// Returns when all garbage is gone.
        void collect();

        /// The heap of this process.
        static Heap own() {
            var runtime = Runtime.getRuntime();
            return new Heap() {
                @Override
                public long used() {
                    return runtime.totalMemory() - runtime.freeMemory();
                }

                @Override
                public void collect() {
                    runtime.gc();
                }
            };
        }
    }

    HeapTrim(Heap heap, InstantSource clock) {
        this.heap = heap;
        this.clock = clock;
        this.next = clock.instant().plus(SETTLED);
    }

    /// Looks once.
    void look() {
        var begin = clock.instant();
        if (begin.isBefore(next) || heap.used() < left + Math.max(LEAST, left / SHARE)) {
            return;
        }
        heap.collect();
        left = heap.used();
        var end = clock.instant();
        next = end.plus(Duration.ofNanos(Duration.between(begin, end).toNanos() * PACE));
    }
}
