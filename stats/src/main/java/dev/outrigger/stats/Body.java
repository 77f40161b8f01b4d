package dev.outrigger.stats;

import java.io.OutputStream;
import java.util.Arrays;

/// Bytes of one source held in memory, at most {@link #LIMIT} of them. One thread.
final class Body extends OutputStream {
    /// Largest body of a source that has to be held.
    static final int LIMIT = 10 << 20;

    /// Most bodies are one message of protobuf, and a scrape has thousands.
    private static final int FIRST = 128;
    /// Least that is asked of a socket.
    private static final int READ = 16 << 10;
    private static final byte[] NONE = {};

    private final Budget.Lease lease;
    /// Used instead of new memory, if it is large enough for the first bytes.
    private final byte[] spare;

    private byte[] bytes = NONE;
    private int size;

    Body(Budget.Lease lease) {
        this(lease, NONE);
    }

    /// @param spare memory that nobody else uses; what is in it does not matter
    Body(Budget.Lease lease, byte[] spare) {
        this.lease = lease;
        this.spare = spare;
    }

    /// What it is charged to, and what is made of it is.
    Budget.Lease lease() {
        return lease;
    }

    byte[] bytes() {
        return bytes;
    }

    /// What may be used again when nobody needs the bytes any more, even if they never came.
    byte[] memory() {
        return bytes.length == 0 ? spare : bytes;
    }

    int size() {
        return size;
    }

    /// Makes room at once for a body whose size is known.
    void expect(long length) throws SourceException {
        grow((int) Math.min(LIMIT + 1, length + 1));
    }

    /// Where the next bytes may be put, at most {@link #room}; then {@link #added}.
    int room() throws SourceException {
        if (size == bytes.length) {
            grow(Math.clamp(size + 1L, READ, LIMIT + 1));
        }
        return bytes.length - size;
    }

    void added(int count) {
        size += count;
    }

    /// Position after the last newline.
    int endOfLines() {
        var at = size;
        while (at > 0 && bytes[at - 1] != '\n') {
            at--;
        }
        return at;
    }

    void cutTo(int length) {
        size = length;
    }

    @Override
    public void write(int b) throws SourceException {
        grow(size + 1);
        bytes[size++] = (byte) b;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws SourceException {
        grow(size + length);
        System.arraycopy(from, offset, bytes, size, length);
        size += length;
    }

    private void grow(int needed) throws SourceException {
        if (needed <= bytes.length) {
            return;
        }
        if (needed > LIMIT) {
            throw new SourceException("larger than " + (LIMIT >> 20) + " MiB");
        }
        var isSpareFit = bytes.length == 0 && spare.length >= needed;
        var wanted = isSpareFit ? spare.length : Math.min(LIMIT, Math.max(needed, Math.max(FIRST, 2 * bytes.length)));
        lease.take(wanted);
        var old = bytes.length;
        bytes = isSpareFit ? spare : Arrays.copyOf(bytes, wanted);
        lease.give(old);
    }
}
