package dev.outrigger.stats;

import static java.lang.System.Logger.Level.INFO;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import java.io.IOException;
import java.io.OutputStream;

/// zstd (RFC 8878). The library and its classes are loaded when the first scraper asks for it.
final class Zstd {
    private static final System.Logger log = System.getLogger(Zstd.class.getName());
    private static final int LEVEL = 1;

    private Zstd() {}

    private static final class Library {
        static final boolean LOADED = load();

        private Library() {}

        private static boolean load() {
            try {
                Native.load();
                return true;
            } catch (LinkageError e) {
                log.log(INFO, "scrapes are not compressed with zstd reason={0}", e.getMessage());
                return false;
            }
        }
    }

    static boolean isAvailable() {
        return Library.LOADED;
    }

    static OutputStream over(OutputStream out) throws IOException {
        return new ZstdOutputStreamNoFinalizer(out, LEVEL);
    }
}
