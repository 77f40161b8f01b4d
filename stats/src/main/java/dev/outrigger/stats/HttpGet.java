package dev.outrigger.stats;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One GET over HTTP/1.1 (RFC 9112) with one limit over everything: connecting, waiting and each read of the
/// body.
///
/// The JDK's clients limit each read only, or load hundreds of classes; a source that sends a byte a second would
/// hold a scrape for ever. One thread; any thread may {@link #close} to end it.
final class HttpGet implements AutoCloseable {
    private static final int HEAD_LINES = 200;
    private static final int REDIRECTS = 3;

    private final String accept;
    private Deadline deadline;
    private URI uri;
    private volatile Wire wire;
    private volatile boolean closed;
    private String contentType = "";
    private String location = "";
    private boolean chunked;
    private boolean untilClosed = true;
    private boolean ended;
    private long left;

    /// @param uri what to get
    /// @param accept the header of that name
    /// @param deadline when to give up
    HttpGet(URI uri, String accept, Deadline deadline) {
        this.accept = accept;
        this.uri = uri;
        this.deadline = deadline;
        this.wire = new Wire(deadline);
    }

    /// Value of the Content-Type header in lower case, or empty.
    String contentType() {
        return contentType;
    }

    /// Whether the end of the body shows only in the connection's end, so that a broken one looks whole.
    boolean isUntilClosed() {
        return untilClosed;
    }

    /// Moves the limit.
    void until(Deadline later) {
        deadline = later;
        wire.until(later);
    }

    /// Sends the request and reads the head of the answer. Redirects to the same server are followed.
    ///
    /// @throws SourceException when the answer is no success
    void open() throws SourceException {
        var status = ask();
        for (var hop = 0; status / 100 == 3 && !location.isEmpty() && hop < REDIRECTS; hop++) {
            uri = redirected();
            wire.close();
            wire = new Wire(deadline);
            status = ask();
        }
        if (status != 200) {
            throw new SourceException("HTTP status " + status);
        }
    }

    /// Reads the body.
    ///
    /// @return how many bytes, or -1 at its proper end
    /// @throws SourceException when it breaks off
    int read(byte[] to, int offset, int length) throws SourceException {
        if (chunked && left == 0 && !ended) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        var count = wire.read(to, offset, untilClosed ? length : (int) Math.min(length, left));
        if (count < 0 && !untilClosed) {
            throw new SourceException("broken off");
        }
        left -= untilClosed ? 0 : count;
        ended = count < 0 || (!chunked && !untilClosed && left == 0);
        return count;
    }

    @Override
    public void close() {
        closed = true;
        wire.close();
    }

    private int ask() throws SourceException {
        if (closed) {
            throw new SourceException("too slow");
        }
        wire.open(uri, request());
        var status = wire.line();
        if (!status.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            throw new SourceException("no HTTP");
        }
        headers();
        return Integer.parseInt(status.substring(9, 12));
    }

    private String request() throws SourceException {
        var path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        var host = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        var millis = deadline.millisLeft();
        return "GET " + path + query + " HTTP/1.1\r\nHost: " + host
                + "\r\nAccept: " + accept + "\r\nUser-Agent: outrigger"
                + "\r\nX-Prometheus-Scrape-Timeout-Seconds: " + millis / 1000 + "." + millis % 1000 / 100
                + "\r\nConnection: close\r\n\r\n";
    }

    private void headers() throws SourceException {
        chunked = false;
        untilClosed = true;
        left = 0;
        contentType = "";
        location = "";
        for (var count = 0; count < HEAD_LINES; count++) {
            var line = wire.line();
            if (line.isEmpty()) {
                untilClosed = untilClosed && !chunked;
                left = chunked ? 0 : left;
                ended = !untilClosed && !chunked && left == 0;
                return;
            }
            var colon = Math.max(0, line.indexOf(':'));
            header(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        throw new SourceException("no HTTP: more than " + HEAD_LINES + " headers");
    }

    private void header(String name, String value) throws SourceException {
        switch (name) {
            case "content-type" -> contentType = value.toLowerCase(Locale.ROOT);
            case "location" -> location = value;
            case "transfer-encoding" -> chunked = value.equalsIgnoreCase("chunked");
            case "content-length" -> {
                left = number(value, 10);
                untilClosed = false;
            }
            case "content-encoding" -> {
                if (!value.equalsIgnoreCase("identity")) {
                    throw new SourceException("compressed, though that was not asked for");
                }
            }
            default -> {}
        }
    }

    private void nextChunk() throws SourceException {
        var line = wire.line();
        // The end of the chunk before.
        line = line.isEmpty() ? wire.line() : line;
        var extension = line.indexOf(';');
        left = number(extension < 0 ? line : line.substring(0, extension).strip(), 16);
        ended = left == 0;
    }

    private static long number(String text, int radix) throws SourceException {
        if (text.isEmpty() || text.length() > 15 || Character.digit(text.charAt(0), radix) < 0) {
            throw new SourceException("no HTTP: bad length");
        }
        try {
            return Long.parseLong(text, radix);
        } catch (NumberFormatException e) {
            throw new SourceException("no HTTP: bad length", e);
        }
    }

    private URI redirected() throws SourceException {
        try {
            var next = uri.resolve(location);
            if ("http".equals(next.getScheme())
                    && uri.getHost().equalsIgnoreCase(next.getHost())
                    && uri.getPort() == next.getPort()) {
                return next;
            }
        } catch (IllegalArgumentException e) {
            throw new SourceException("redirects to no address", e);
        }
        throw new SourceException("redirects to another server");
    }

    /// The whole body.
    ///
    /// @return why it is incomplete, or null when it is whole
    /// @throws SourceException when nothing of it can be used
    @Nullable
    SourceException readInto(Body body) throws SourceException {
        body.expect(left);
        while (true) {
            var room = body.room();
            try {
                var count = read(body.bytes(), body.size(), room);
                if (count < 0) {
                    return null;
                }
                body.added(count);
            } catch (SourceException e) {
                return e;
            }
        }
    }
}
