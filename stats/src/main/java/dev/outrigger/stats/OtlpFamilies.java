package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// Takes a scrape in protobuf and hands each family on as soon as it is whole. One thread.
final class OtlpFamilies extends OutputStream {
    private static final int MOST_LENGTH_BYTES = 5;

    private final OtlpRequest request;
    private final Body text = new Body(new Budget(3 * Body.LIMIT).lease());

    OtlpFamilies(OtlpRequest request) {
        this.request = request;
    }

    @Override
    public void write(int b) throws IOException {
        text.write(b);
        take();
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        text.write(from, offset, length);
        take();
    }

    /// Sends the rest.
    @Override
    public void close() throws IOException {
        if (text.size() > 0) {
            throw new SourceException("a family is cut off");
        }
        request.send();
    }

    private void take() throws IOException {
        var from = 0;
        while (from < text.size() && hasLength(from)) {
            var reader = new Proto.Reader(text.bytes(), from, text.size());
            var length = reader.varint();
            if (length > text.size() - reader.at()) {
                break;
            }
            OtlpMetric.add(text.bytes(), reader.at(), reader.at() + (int) length, request);
            from = reader.at() + (int) length;
        }
        System.arraycopy(text.bytes(), from, text.bytes(), 0, text.size() - from);
        text.cutTo(text.size() - from);
    }

    private boolean hasLength(int from) {
        for (var at = from; at < Math.min(text.size(), from + MOST_LENGTH_BYTES); at++) {
            if (text.bytes()[at] >= 0) {
                return true;
            }
        }
        return false;
    }
}
