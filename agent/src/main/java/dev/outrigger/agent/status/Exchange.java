package dev.outrigger.agent.status;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// One request that may take its time, on a virtual thread of its own. Answered once; the connection's time is
/// limited by {@link Front}, which closes it beyond.
final class Exchange {
    private final SocketChannel channel;
    private final Head head;
    private boolean reusable;

    Exchange(SocketChannel channel, Head head) {
        this.channel = channel;
        this.head = head;
    }

    Head head() {
        return head;
    }

    /// Whether another request may follow on the connection.
    boolean isReusable() {
        return reusable;
    }

    void send(Reply reply) throws IOException {
        write(reply.bytes(head.method().equals("HEAD"), head.keepAlive()));
        reusable = head.keepAlive();
    }

    /// Begins an answer of unknown length, in chunks (RFC 9112, 7.1); close what is returned to end it. Each
    /// write to it is a chunk: wrap it in a buffer.
    OutputStream stream(int status, Map<String, String> headers) throws IOException {
        var text = new StringBuilder(Reply.head(status));
        headers.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        text.append(head.isOld() ? "" : "Transfer-Encoding: chunked\r\n");
        text.append(head.keepAlive() && !head.isOld() ? "\r\n" : "Connection: close\r\n\r\n");
        write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
        return head.method().equals("HEAD") ? OutputStream.nullOutputStream() : new Chunks();
    }

    private void write(ByteBuffer... buffers) throws IOException {
        var last = buffers[buffers.length - 1];
        while (last.hasRemaining()) {
            if (buffers.length == 1) {
                channel.write(last);
            } else {
                channel.write(buffers);
            }
        }
    }

    private final class Chunks extends OutputStream {
        private static final byte[] END = {'0', '\r', '\n', '\r', '\n'};
        private static final byte[] LINE = {'\r', '\n'};
        private boolean closed;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (head.isOld()) {
                Exchange.this.write(ByteBuffer.wrap(bytes, offset, length));
            } else if (length > 0) {
                var size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
                Exchange.this.write(
                        ByteBuffer.wrap(size), ByteBuffer.wrap(bytes, offset, length), ByteBuffer.wrap(LINE));
            }
        }

        @Override
        public void close() throws IOException {
            if (!closed && !head.isOld()) {
                closed = true;
                Exchange.this.write(ByteBuffer.wrap(END));
                reusable = head.keepAlive();
            }
        }
    }
}
