package dev.outrigger.agent.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Reads one answer of an HTTP/1.1 server (RFC 9112) to a request after which it closes the connection. One thread.
final class AnswerReader {
    private static final int MOST_HEAD_BYTES = 64 << 10;
    private static final int PIECE_BYTES = 16 << 10;

    private final InputStream in;
    private final int mostBytes;
    private final byte[] piece = new byte[PIECE_BYTES];
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int headBytes;

    /// @param in buffered
    /// @param mostBytes of the body; what is beyond is not read
    AnswerReader(InputStream in, int mostBytes) {
        this.in = in;
        this.mostBytes = mostBytes;
    }

    /// @throws IOException when the connection ends in the middle of it, or it is no HTTP
    LocalHttp.Answer read() throws IOException {
        var status = status();
        while (status / 100 == 1) { // interim, before the real one
            while (!line().isEmpty()) {}
            status = status();
        }
        var chunked = false;
        var length = -1L;
        for (var line = line(); !line.isEmpty(); line = line()) {
            var colon = Math.max(0, line.indexOf(':'));
            var name = line.substring(0, colon);
            var value = line.substring(colon + 1).strip();
            if (name.equalsIgnoreCase("transfer-encoding")) {
                chunked = value.equalsIgnoreCase("chunked");
            } else if (name.equalsIgnoreCase("content-length")) {
                length = number(value, 10);
            }
        }
        if (status != 204 && status != 304) {
            readBody(chunked, length);
        }
        return new LocalHttp.Answer(status, body.toString(StandardCharsets.UTF_8));
    }

    private int status() throws IOException {
        var line = line();
        if (line.length() < 12 || !line.startsWith("HTTP/1.") || line.charAt(8) != ' ') {
            throw new IOException("the answer is no HTTP");
        }
        return (int) number(line.substring(9, 12), 10);
    }

    private void readBody(boolean chunked, long length) throws IOException {
        if (!chunked) {
            readPart(length < 0 ? Long.MAX_VALUE : length, length < 0);
            return;
        }
        for (var left = chunk(); left > 0; left = chunk()) {
            readPart(left, false);
            if (body.size() == mostBytes) {
                return; // in the middle of a chunk, most likely
            }
            if (!line().isEmpty()) {
                throw new IOException("the answer is no HTTP: a chunk does not end where it should");
            }
        }
    }

    private long chunk() throws IOException {
        headBytes = 0;
        var line = line();
        var extension = line.indexOf(';');
        return number(extension < 0 ? line : line.substring(0, extension).strip(), 16);
    }

    private void readPart(long length, boolean untilClosed) throws IOException {
        var left = Math.min(length, mostBytes - body.size());
        while (left > 0) {
            var count = in.read(piece, 0, (int) Math.min(left, piece.length));
            if (count < 0 && untilClosed) {
                return;
            }
            if (count < 0) {
                throw brokenOff();
            }
            body.write(piece, 0, count);
            left -= count;
        }
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (var c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw brokenOff();
            }
            if (++headBytes > MOST_HEAD_BYTES) {
                throw new IOException("the answer's head is longer than " + MOST_HEAD_BYTES + " bytes");
            }
            line.append((char) c);
        }
        var end = line.length() - 1;
        return end >= 0 && line.charAt(end) == '\r' ? line.substring(0, end) : line.toString();
    }

    private static EOFException brokenOff() {
        return new EOFException("the connection was closed before the end of the answer");
    }

    private static long number(String text, int radix) throws IOException {
        if (text.isEmpty() || text.length() > 15 || Character.digit(text.charAt(0), radix) < 0) {
            throw new IOException("the answer is no HTTP: bad number");
        }
        try {
            return Long.parseLong(text, radix);
        } catch (NumberFormatException e) {
            throw new IOException("the answer is no HTTP: bad number", e);
        }
    }
}
