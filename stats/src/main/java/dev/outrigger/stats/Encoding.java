package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// How an answer is compressed, with the fastest setting that still takes a page of Envoy down to a twentieth.
enum Encoding {
    IDENTITY("identity"),
    GZIP("gzip"),
    ZSTD("zstd");

    private final String word;

    Encoding(String word) {
        this.word = word;
    }

    /// As in the header Content-Encoding.
    String word() {
        return word;
    }

    /// Whether it can be written here: zstd needs a library of this machine's kind.
    boolean isAvailable() {
        return this != ZSTD || Zstd.isAvailable();
    }

    /// A stream that compresses into another; its end must be written with {@link OutputStream#close}, which
    /// closes the other one too.
    OutputStream over(OutputStream out) throws IOException {
        return switch (this) {
            case IDENTITY -> out;
            case GZIP -> new Gzip(out);
            case ZSTD -> Zstd.over(out);
        };
    }
}
