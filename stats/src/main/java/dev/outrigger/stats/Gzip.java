package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// gzip (RFC 1952) at the fastest level, which the JDK's stream does not offer: level 6 takes two and a half
/// times as long and saves a tenth. Writes full buffers and one rest, as each write below is a chunk on the
/// network. One thread.
final class Gzip extends OutputStream {
    private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 4, (byte) 0xff};
    static final int BUFFER = 16 << 10;
    private static final int TRAILER = 8;

    private final OutputStream out;
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final CRC32 sum = new CRC32();
    private final byte[] buffer = new byte[BUFFER];
    private int filled;
    private long size;
    private boolean ended;

    Gzip(OutputStream out) {
        this.out = out;
        System.arraycopy(HEAD, 0, buffer, 0, HEAD.length);
        filled = HEAD.length;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        sum.update(from, offset, length);
        size += length;
        deflater.setInput(from, offset, length);
        while (!deflater.needsInput()) {
            deflate();
        }
    }

    /// Writes the end and closes the stream below.
    @Override
    public void close() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        try (out) {
            deflater.finish();
            while (!deflater.finished()) {
                deflate();
            }
            trailer();
            out.write(buffer, 0, filled);
        } finally {
            deflater.end();
        }
    }

    private void deflate() throws IOException {
        filled += deflater.deflate(buffer, filled, BUFFER - filled);
        if (filled == BUFFER) {
            out.write(buffer, 0, BUFFER);
            filled = 0;
        }
    }

    private void trailer() throws IOException {
        var bytes = ByteBuffer.allocate(TRAILER).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt((int) sum.getValue()).putInt((int) size).flip();
        int fits = Math.min(TRAILER, BUFFER - filled);
        bytes.get(buffer, filled, fits);
        filled += fits;
        if (bytes.hasRemaining()) {
            out.write(buffer, 0, BUFFER);
            filled = bytes.remaining();
            bytes.get(buffer, 0, filled);
        }
    }
}
