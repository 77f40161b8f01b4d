package dev.outrigger.stats;

import dev.outrigger.stats.MetadataLine.Kind;
import dev.outrigger.stats.StatsMetrics.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Passes Envoy's text on while it arrives, and adds to each family what the other sources have of it. Holds one buffer
/// and the names of the families, whatever the size of the text. One thread.
///
/// Lines of a family that only Envoy has are looked at as little as possible: the name, the braces at the end of the
/// labels, the value. All others are taken apart. What is malformed is dropped line by line, since one label value
/// with a stray byte must not hide thousands of good samples.
final class EnvoyStream {
    /// Longest line; a longer one is malformed.
    static final int LINE = 64 << 10;

    private final HttpGet in;
    private final Families families;
    private final StatsMetrics metrics;
    private final OutputStream out;
    private final SampleLine sample = new SampleLine();
    private final MetadataLine metadata = new MetadataLine();
    private final byte[] buffer = new byte[LINE];
    private int limit;
    /// Up to here there is no newline.
    private int scanned;
    /// Not zero when the line may hold other bytes than ASCII.
    private long notAscii;
    /// What is written next from the buffer, if anything.
    private int runFrom;
    private int runTo;

    private String family = "";
    private byte[] familyBytes = new byte[0];
    private @Nullable MetricType type;
    private @Nullable JoinedFamily joined;
    /// The current family came before; its samples cannot be written.
    private boolean isTaken;
    private boolean isShared;

    private String nextFamily = "";
    private @Nullable MetricType nextType;
    private String nextHelp = "";
    private int malformed;

    EnvoyStream(HttpGet in, Families families, StatsMetrics metrics, OutputStream out) {
        this.in = in;
        this.families = families;
        this.metrics = metrics;
        this.out = out;
    }

    /// Reads to the end and writes all families of Envoy.
    ///
    /// @throws SourceException when the text broke off or some was malformed; all else is written
    /// @throws IOException when `out` fails
    void copy() throws IOException {
        try {
            while (fill()) {
                takeLines();
            }
        } finally {
            endFamily();
        }
        if (malformed > 0) {
            throw new SourceException("malformed: " + malformed + " lines");
        }
    }

    /// @return false at the end
    private boolean fill() throws IOException {
        if (limit == LINE) {
            skipLine();
            takeLines();
        }
        var count = in.read(buffer, limit, LINE - limit);
        if (count < 0) {
            if (limit > 0 && in.isUntilClosed()) {
                throw new SourceException("broken off");
            }
            if (limit > 0) {
                buffer[limit++] = '\n';
                takeLines();
            }
            return false;
        }
        limit += count;
        return true;
    }

    private void skipLine() throws SourceException {
        dropLine();
        scanned = 0;
        notAscii = 0;
        while (true) {
            var count = in.read(buffer, 0, LINE);
            if (count < 0) {
                limit = 0;
                return;
            }
            for (var i = 0; i < count; i++) {
                if (buffer[i] == '\n') {
                    limit = count - i - 1;
                    System.arraycopy(buffer, i + 1, buffer, 0, limit);
                    return;
                }
            }
        }
    }

    private void takeLines() throws IOException {
        var from = 0;
        for (var at = scanned & -8; at < limit; at += 8) {
            var word = Words.at(buffer, at);
            notAscii |= Words.notAscii(word);
            for (var newlines = Words.newlines(word); newlines != 0; newlines &= newlines - 1) {
                var to = at + Words.firstMarked(newlines);
                if (to >= scanned && to < limit) {
                    takeLine(from, to, notAscii == 0);
                    from = to + 1;
                    notAscii = Words.notAscii(word);
                }
            }
        }
        writeRun();
        System.arraycopy(buffer, from, buffer, 0, limit - from);
        limit -= from;
        scanned = limit;
    }

    private void takeLine(int from, int to, boolean isAscii) throws IOException {
        if (isAscii && isPlain(from, to)) {
            run(from, to);
        } else if (from == to) {
            return;
        } else if (!isAscii && !Letters.isUtf8(buffer, from, to)) {
            dropLine();
        } else if (buffer[from] == '#') {
            takeMetadata(from, to);
        } else if (sample.read(buffer, from, to) && sample.rest() == to && sample.hasWholeTimestamp()) {
            takeSample(from, to);
        } else {
            dropLine();
        }
    }

    /// Whether it is a sample of the current family, not shared, as Envoy writes most of them.
    private boolean isPlain(int from, int to) {
        var labels = from + familyBytes.length;
        if (isShared || isTaken || !nextFamily.isEmpty() || familyBytes.length == 0 || to - labels < 2) {
            return false;
        }
        if (!Arrays.equals(buffer, from, labels, familyBytes, 0, familyBytes.length)) {
            return false;
        }
        labels = buffer[labels] == '_' ? skipSuffix(labels, to) : labels;
        var value = to - 1;
        while (value > labels && Letters.isDigit(buffer[value])) {
            value--;
        }
        if (value == to - 1 || buffer[value] != ' ') {
            return false;
        }
        return value == labels || (buffer[labels] == '{' && buffer[value - 1] == '}' && buffer[value - 2] == '"');
    }

    private int skipSuffix(int at, int to) {
        var end = Letters.skipName(buffer, at, to, true);
        for (var suffix : MetricType.suffixes(type)) {
            if (suffix.length() == end - at && isAt(at, suffix)) {
                return end;
            }
        }
        return at;
    }

    private boolean isAt(int at, String word) {
        for (var i = 0; i < word.length(); i++) {
            if (buffer[at + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void takeMetadata(int from, int to) {
        var kind = metadata.read(buffer, from, to);
        if (kind == Kind.MALFORMED) {
            dropLine();
        } else if (kind == Kind.TYPE || kind == Kind.HELP) {
            if (!nextFamily.equals(metadata.name())) {
                nextFamily = metadata.name();
                nextType = null;
                nextHelp = "";
            }
            if (kind == Kind.HELP) {
                nextHelp = metadata.value();
                return;
            }
            nextType = MetricType.of(metadata.value().strip());
            malformed += nextType == null ? 1 : 0;
        }
    }

    private void takeSample(int from, int to) throws IOException {
        if (!nextFamily.isEmpty() && sample.isOf(nextFamily, nextType)) {
            beginFamily(nextFamily, nextType, nextHelp);
        } else if (family.isEmpty() || !sample.isOf(family, type)) {
            beginFamily(sample.name(), null, "");
        }
        if (isTaken) {
            dropped(Reason.DUPLICATE);
            return;
        }
        if (isShared && joined != null) {
            joined.remove(sample);
        }
        run(from, to);
    }

    private void beginFamily(String name, @Nullable MetricType declared, String help) throws IOException {
        endFamily();
        nextFamily = "";
        family = name;
        familyBytes = name.getBytes(StandardCharsets.ISO_8859_1);
        joined = families.begin(name, declared);
        isTaken = joined == null;
        isShared = joined != null && joined.isWaiting();
        type = declared;
        if (joined != null) {
            JoinedFamily.writeHead(out, name, joined.type(), help.isEmpty() ? joined.help() : help);
        }
    }

    private void endFamily() throws IOException {
        writeRun();
        if (joined != null) {
            joined.writeTo(out);
        }
        joined = null;
        family = "";
        familyBytes = new byte[0];
    }

    private void run(int from, int to) throws IOException {
        if (runTo != from) {
            writeRun();
            runFrom = from;
        }
        runTo = to + 1;
    }

    private void writeRun() throws IOException {
        if (runTo > runFrom) {
            out.write(buffer, runFrom, runTo - runFrom);
        }
        runFrom = 0;
        runTo = 0;
    }

    private void dropLine() {
        malformed++;
        dropped(Reason.MALFORMED);
    }

    private void dropped(Reason reason) {
        metrics.dropped(Source.ENVOY, reason, 1);
    }
}
