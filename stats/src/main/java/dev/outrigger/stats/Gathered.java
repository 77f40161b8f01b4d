package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// Collects small writes before they are sent or compressed; large ones pass. One thread.
final class Gathered extends OutputStream {
    private final OutputStream out;
    private final byte[] buffer;
    private int size;

    Gathered(OutputStream out, int bytes) {
        this.out = out;
        this.buffer = new byte[bytes];
    }

    @Override
    public void write(int b) throws IOException {
        if (size == buffer.length) {
            empty();
        }
        buffer[size++] = (byte) b;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        if (length > buffer.length - size) {
            empty();
            if (length >= buffer.length) {
                out.write(from, offset, length);
                return;
            }
        }
        System.arraycopy(from, offset, buffer, size, length);
        size += length;
    }

    @Override
    public void flush() throws IOException {
        empty();
        out.flush();
    }

    private void empty() throws IOException {
        if (size > 0) {
            out.write(buffer, 0, size);
            size = 0;
        }
    }
}
