package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/// gzip (RFC 1952) of {@link Deflate}. Writes full buffers and one rest, as each write below is a chunk on the network.
/// One thread.
final class Gzip extends OutputStream {
    private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 4, (byte) 0xff};
    private static final int TRAILER = 8;

    private final OutputStream out;
    private final Deflate deflate;
    private final CRC32 sum = new CRC32();
    private long size;
    private boolean ended;

    Gzip(OutputStream out) {
        this.out = out;
        this.deflate = new Deflate(out, HEAD);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        sum.update(from, offset, length);
        size += length;
        deflate.write(from, offset, length);
    }

    /// Writes the end and closes the stream below.
    @Override
    public void close() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        try (out) {
            var trailer = ByteBuffer.allocate(TRAILER).order(ByteOrder.LITTLE_ENDIAN);
            deflate.finish(
                    trailer.putInt((int) sum.getValue()).putInt((int) size).array());
        }
    }
}
