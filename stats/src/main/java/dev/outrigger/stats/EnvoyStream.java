package dev.outrigger.stats;

import dev.outrigger.stats.MetadataLine.Kind;
import dev.outrigger.stats.StatsMetrics.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Passes Envoy's text on while it arrives, and adds to each family what the other sources have of it. Holds one
/// buffer and the names of the families, whatever the size of the text. One thread.
///
/// Lines of a family that only Envoy has are looked at as little as possible: the name, the braces at the end of
/// the labels, the value ({@link PlainLines}). All others are taken apart. What is malformed is dropped line by
/// line, since one label value with a stray byte must not hide thousands of good samples.
final class EnvoyStream {
    /// Longest line; a longer one is malformed.
    static final int LINE = 64 << 10;
    /// Most bytes that are written at once.
    static final int BUFFER = 3 * LINE;

    private static final byte[] DOT_ZERO = {'.', '0'};

    private final HttpGet in;
    private final Families families;
    private final EnvoyView view;
    private final StatsMetrics metrics;
    private final OutputStream out;
    private final SampleLine sample = new SampleLine();
    private final MetadataLine metadata = new MetadataLine();
    /// Words are read beyond its end.
    private final byte[] buffer = new byte[BUFFER + Long.BYTES];
    private final PlainLines plain = new PlainLines(buffer);
    private int limit;
    /// Up to here there is no newline.
    private int scanned;
    /// Not zero when the line may hold other bytes than ASCII.
    private long notAscii;
    private final Run run;
    /// Metadata of the next family that is still in the buffer.
    private int headFrom;
    private int headTo = -1;

    private String family = "";
    private byte[] familyBytes = new byte[0];
    private @Nullable MetricType type;
    private @Nullable JoinedFamily joined;
    private @Nullable Sums sums;
    /// The current family came before; its samples cannot be written.
    private boolean isTaken;
    /// The current family is not wanted.
    private boolean isHidden;
    private boolean isShared;
    /// Its samples only grow, and are to go on growing with the next Envoy.
    private boolean isContinued;

    private String nextFamily = "";
    private @Nullable MetricType nextType;
    private String nextHelp = "";
    private int malformed;

    EnvoyStream(HttpGet in, Families families, EnvoyView view, StatsMetrics metrics, OutputStream out) {
        this.in = in;
        this.families = families;
        this.view = view;
        this.metrics = metrics;
        this.out = out;
        this.run = new Run(buffer, out);
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
            run.write();
            endFamily();
        }
        if (malformed > 0) {
            throw new SourceException("malformed: " + malformed + " lines");
        }
    }

    /// @return false at the end
    private boolean fill() throws IOException {
        if (limit >= LINE) {
            skipLine();
            takeLines();
        }
        var count = in.read(buffer, limit, BUFFER - limit);
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
            var count = in.read(buffer, 0, BUFFER);
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
        // Where the line before begins, if it is plain.
        var before = -1;
        var at = scanned;
        var above = notAscii;
        while (from < limit) {
            // What it shares with the line before, or with all lines of the family, has been looked at already; the
            // newline is looked for behind it.
            var isBegun = false;
            if (at == from && nextFamily.isEmpty()) {
                at = plain.skipHead(before, from, limit);
                isBegun = at > from;
            }
            var newlines = 0L;
            for (; at < limit; at += Long.BYTES) {
                var word = Words.at(buffer, at);
                above |= Words.notAscii(word);
                newlines = Words.newlines(word);
                if (newlines != 0) {
                    break;
                }
            }
            var to = newlines == 0 ? limit : at + Words.firstMarked(newlines);
            if (to >= limit) {
                break;
            }
            if (isBegun && above == 0 && plain.ends(from, to) && to - from < LINE) {
                takePlain(from, to);
                from = takeZeros(from, to + 1);
                before = plain.before();
            } else {
                takeLine(from, to, above == 0);
                before = -1;
                from = to + 1;
            }
            at = from;
            above = 0;
        }
        notAscii = above;
        run.write();
        System.arraycopy(buffer, from, buffer, 0, limit - from);
        limit -= from;
        scanned = limit;
        headTo = -1;
    }

    private void takeLine(int from, int to, boolean isAscii) throws IOException {
        if (from == to) {
            return;
        } else if (to - from >= LINE || (!isAscii && !Letters.isUtf8(buffer, from, to))) {
            dropLine();
        } else if (buffer[from] == '#') {
            takeMetadata(from, to);
        } else if (sample.read(buffer, from, to) && sample.rest() == to && sample.hasWholeTimestamp()) {
            takeSample(from, to);
        } else {
            dropLine();
        }
    }

    /// Most series of most pages are zero and like the one before; they have a loop of their own.
    ///
    /// @param before where a plain line begins
    /// @param from where it ends
    /// @return where the next line begins that is of another kind
    private int takeZeros(int before, int from) throws IOException {
        var to = plain.skipZeros(before, from, isContinued && view.hasRestarted() ? from : limit);
        if (to > from && !isHidden) {
            run.add(from, to);
        }
        return to;
    }

    private void takePlain(int from, int to) throws IOException {
        if (isHidden) {
            return;
        }
        if (isContinued && (plain.isAboveZero(to) || view.hasRestarted())) {
            takeLine(from, to, true);
        } else if (plain.hasWholeBound()) {
            run.add(from, plain.boundTo());
            run.write();
            out.write(DOT_ZERO);
            run.add(plain.boundTo(), to + 1);
        } else {
            run.add(from, to + 1);
        }
    }

    private void takeMetadata(int from, int to) {
        var kind = metadata.read(buffer, from, to);
        if (kind == Kind.MALFORMED) {
            dropLine();
        } else if (kind == Kind.TYPE || kind == Kind.HELP) {
            headFrom = headTo == from && !nextFamily.isEmpty() ? headFrom : from;
            headTo = to + 1;
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
        if (!nextFamily.isEmpty()) {
            var name = nextFamily.getBytes(StandardCharsets.ISO_8859_1);
            if (sample.isOf(name, MetricType.suffixBytes(nextType))) {
                beginFamily(nextFamily, nextType, nextHelp, from);
            } else if (!sample.isOf(familyBytes, MetricType.suffixBytes(type))) {
                beginFamily(sample.name(), null, "", from);
            }
        } else if (family.isEmpty() || !sample.isOf(familyBytes, MetricType.suffixBytes(type))) {
            beginFamily(sample.name(), null, "", from);
        }
        if (isHidden) {
            return;
        }
        if (isTaken) {
            dropped(Reason.DUPLICATE);
            return;
        }
        if (sums != null) {
            sums.add(buffer, sample, type);
            return;
        }
        if (isShared && joined != null) {
            joined.remove(sample);
        }
        write(from, to);
    }

    /// Writes the sample that was read last, as the format wants it.
    private void write(int from, int to) throws IOException {
        var line = view.rewritten(buffer, sample, to, isContinued);
        if (line == null) {
            run.add(from, to + 1);
        } else {
            run.write();
            out.write(line.bytes(), 0, line.size());
        }
    }

    /// @param from where its first sample begins
    private void beginFamily(String name, @Nullable MetricType declared, String help, int from) throws IOException {
        endFamily();
        nextFamily = "";
        family = name;
        familyBytes = name.getBytes(StandardCharsets.ISO_8859_1);
        type = declared;
        isHidden = !view.keeps(name);
        isContinued = view.isContinued(type);
        joined = isHidden ? null : families.begin(view.shownName(name), declared);
        isTaken = !isHidden && joined == null;
        isShared = joined != null && joined.isWaiting();
        sums = isTaken || isHidden ? null : view.sums();
        if (isTaken || isShared || sums != null) {
            plain.none();
        } else {
            plain.begin(familyBytes, type, view.hasFloatBounds());
        }
        if (joined != null) {
            writeHead(joined.head(help).bytes(view.format()), from);
        }
    }

    /// A head that came as it is to be written stays where it is.
    private void writeHead(byte[] head, int from) throws IOException {
        if (headTo == from && Arrays.equals(buffer, headFrom, headTo, head, 0, head.length)) {
            run.add(headFrom, headTo);
        } else {
            run.write();
            out.write(head);
        }
    }

    private void endFamily() throws IOException {
        if (sums != null || isShared) {
            run.write();
        }
        if (sums != null) {
            sums.writeTo(out, joined);
        }
        if (joined != null) {
            joined.writeTo(out);
        }
        isShared = false;
        sums = null;
        joined = null;
        family = "";
        familyBytes = new byte[0];
        plain.none();
    }

    private void dropLine() {
        malformed++;
        dropped(Reason.MALFORMED);
    }

    private void dropped(Reason reason) {
        metrics.dropped(Source.ENVOY, reason, 1);
    }
}
