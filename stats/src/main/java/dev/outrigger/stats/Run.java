package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// What of a buffer is written next: as much as possible at once. One thread.
final class Run {
    private final byte[] buffer;
    private final OutputStream out;
    private int from;
    private int to;

    Run(byte[] buffer, OutputStream out) {
        this.buffer = buffer;
        this.out = out;
    }

    /// Adds bytes of the buffer; what is not next to those added last is written before.
    void add(int first, int end) throws IOException {
        if (to != first) {
            write();
            from = first;
        }
        to = end;
    }

    /// Writes what was added.
    void write() throws IOException {
        if (to > from) {
            out.write(buffer, from, to - from);
        }
        from = 0;
        to = 0;
    }
}
