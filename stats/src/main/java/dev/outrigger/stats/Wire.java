package dev.outrigger.stats;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// A TCP connection on which every wait ends at a deadline. One thread; any thread may {@link #close} to end it.
final class Wire implements AutoCloseable {
    private static final int BUFFER = 16 << 10;
    private static final int LINE = 16 << 10;

    private final Socket socket = new Socket();
    private final byte[] buffer = new byte[BUFFER];
    private volatile Deadline deadline;
    private int position;
    private int limit;

    Wire(Deadline deadline) {
        this.deadline = deadline;
    }

    /// Moves the limit.
    void until(Deadline later) {
        deadline = later;
    }

    /// Connects and sends.
    void open(URI uri, String request) throws SourceException {
        try {
            connect(uri);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// One line of a head, without its end.
    String line() throws SourceException {
        var text = new StringBuilder();
        while (true) {
            if (position == limit && !fill()) {
                throw new SourceException("broken off");
            }
            var next = (char) (buffer[position++] & 0xff);
            if (next == '\n') {
                return text.toString().strip();
            }
            if (text.append(next).length() > LINE) {
                throw new SourceException("no HTTP: a line of the head is too long");
            }
        }
    }

    /// Up to `length` bytes.
    ///
    /// @return how many, or -1 at the end of the connection
    int read(byte[] to, int offset, int length) throws SourceException {
        if (position == limit) {
            if (length >= BUFFER) {
                return receive(to, offset, length);
            }
            if (!fill()) {
                return -1;
            }
        }
        var count = Math.min(length, limit - position);
        System.arraycopy(buffer, position, to, offset, count);
        position += count;
        return count;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }

    private void connect(URI uri) throws IOException {
        var port = uri.getPort() < 0 ? 80 : uri.getPort();
        socket.connect(new InetSocketAddress(InetAddress.getByName(uri.getHost()), port), deadline.millisLeft());
    }

    private boolean fill() throws SourceException {
        position = 0;
        limit = Math.max(0, receive(buffer, 0, BUFFER));
        return limit > 0;
    }

    private int receive(byte[] to, int offset, int length) throws SourceException {
        try {
            socket.setSoTimeout(deadline.millisLeft());
            InputStream in = socket.getInputStream();
            return in.read(to, offset, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static SourceException failed(IOException e) {
        return switch (e) {
            case SourceException known -> known;
            case SocketTimeoutException _ -> new SourceException("too slow", e);
            default -> new SourceException(e.toString(), e);
        };
    }
}
