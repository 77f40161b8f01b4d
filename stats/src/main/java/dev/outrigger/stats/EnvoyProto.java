package dev.outrigger.stats;

import dev.outrigger.stats.StatsMetrics.Reason;
import java.io.IOException;
import java.io.OutputStream;

/// Passes Envoy's delimited messages on while they arrive. Of each family only the name and the type are looked
/// at, but where another source has the same: then the family is held. One thread.
final class EnvoyProto {
    private static final int BUFFER = 64 << 10;
    /// Name, help and type have to be within so many bytes of a family.
    private static final int HEAD = 16 << 10;

    private final HttpGet in;
    private final ProtoFamilies families;
    private final EnvoyView view;
    private final StatsMetrics metrics;
    private final Budget.Lease lease;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int limit;

    EnvoyProto(
            HttpGet in,
            ProtoFamilies families,
            EnvoyView view,
            StatsMetrics metrics,
            Budget.Lease lease,
            OutputStream out) {
        this.in = in;
        this.families = families;
        this.view = view;
        this.metrics = metrics;
        this.lease = lease;
        this.out = out;
    }

    /// Reads to the end and writes all families of Envoy.
    ///
    /// A family that breaks off after its length was written cannot be taken back: then the whole answer has to
    /// break off.
    ///
    /// @throws SourceException when it broke off between families, or some were malformed; all else is written
    /// @throws BrokenAnswerException when it broke off within one
    void copy() throws IOException {
        while (has(1)) {
            family(length());
        }
    }

    /// What was written cannot be made whole any more.
    static final class BrokenAnswerException extends IOException {
        private static final long serialVersionUID = 1;

        BrokenAnswerException(SourceException cause) {
            super("Envoy's answer broke off within a family: " + cause.getMessage(), cause);
        }
    }

    private void family(long length) throws IOException {
        need((int) Math.min(length, HEAD));
        var name = "";
        var type = MetricType.COUNTER;
        var head = new Proto.Reader(buffer, at, at + (int) Math.min(length, limit - at));
        while (type == MetricType.COUNTER || name.isEmpty()) {
            if (head.at() == at + Math.min(length, limit - at) || !isHeadField(buffer[head.at()]) || !head.next()) {
                break;
            }
            if (head.isBytes(ProtoFamily.NAME)) {
                name = Letters.latin(buffer, head.from(), head.to());
            } else if (head.isNumber(ProtoFamily.TYPE)) {
                type = MetricType.numbered(head.number());
                break;
            }
        }
        if (name.isEmpty() || type == null) {
            throw new SourceException("malformed: a family does not begin with name and type");
        }
        if (!view.keeps(name)) {
            skip(length);
        } else if (families.isWaiting(name) && length <= Body.LIMIT) {
            join(length);
        } else if (families.begin(name, type)) {
            Proto.varint(out, length);
            pass(length);
        } else {
            metrics.dropped(Source.ENVOY, Reason.DUPLICATE, 1);
            skip(length);
        }
    }

    /// Whether a field with this tag comes before the metrics.
    private static boolean isHeadField(byte tag) {
        var field = tag >>> 3;
        return field == ProtoFamily.NAME || field == ProtoFamily.HELP || field == ProtoFamily.TYPE;
    }

    private void join(long length) throws IOException {
        var body = new Body(lease);
        body.expect(length);
        for (var left = length; left > 0; ) {
            need(1);
            var count = (int) Math.min(left, limit - at);
            body.write(buffer, at, count);
            at += count;
            left -= count;
        }
        families.write(new ProtoParser(Source.ENVOY, view.format(), lease).family(body.bytes(), 0, body.size()), out);
        lease.give(body.bytes().length);
    }

    private void pass(long length) throws IOException {
        try {
            for (var left = length; left > 0; ) {
                need(1);
                var count = (int) Math.min(left, limit - at);
                out.write(buffer, at, count);
                at += count;
                left -= count;
            }
        } catch (SourceException e) {
            throw new BrokenAnswerException(e);
        }
    }

    private void skip(long length) throws SourceException {
        for (var left = length; left > 0; ) {
            need(1);
            var count = (int) Math.min(left, limit - at);
            at += count;
            left -= count;
        }
    }

    private long length() throws SourceException {
        has(10);
        var reader = new Proto.Reader(buffer, at, limit);
        var length = reader.varint();
        at = reader.at();
        if (length <= 0) {
            throw new SourceException("malformed: no length of a family");
        }
        return length;
    }

    private void need(int count) throws SourceException {
        if (!has(count)) {
            throw new SourceException("broken off");
        }
    }

    /// Reads until so many bytes are there, or the end is.
    private boolean has(int count) throws SourceException {
        if (limit - at < count && at > 0) {
            System.arraycopy(buffer, at, buffer, 0, limit - at);
            limit -= at;
            at = 0;
        }
        while (limit - at < count) {
            var read = in.read(buffer, limit, BUFFER - limit);
            if (read < 0) {
                return false;
            }
            limit += read;
        }
        return true;
    }
}
