package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// How one scrape shows what Envoy has. One thread.
final class EnvoyView {
    private final Format format;
    private final ScrapeFilter filter;
    private final Budget.Lease lease;
    private final @Nullable Continuity continuity;
    private final long envoy;
    private final Rewriting rewriting;
    private final Body line;

    /// @param continuity null when counters may fall
    EnvoyView(Format format, ScrapeFilter filter, Budget.Lease lease, @Nullable Continuity continuity) {
        this.format = format;
        this.filter = filter;
        this.lease = lease;
        this.continuity = continuity;
        this.envoy = continuity == null ? 0 : continuity.envoy();
        this.rewriting = new Rewriting(false, format);
        this.line = new Body(new Budget(2 * EnvoyStream.LINE).lease());
    }

    /// The same for an Envoy that answers text where messages are to be written.
    EnvoyView ofText() {
        return new EnvoyView(Format.TEXT, filter, lease, continuity);
    }

    Format format() {
        return format;
    }

    boolean keeps(String family) {
        return filter.keeps(family);
    }

    /// @param family bytes one to one, without quotes
    String shownName(String family) {
        return format.escaping().escape(family, true);
    }

    /// Where samples with cut labels go; null when labels stay.
    @Nullable
    Sums sums() {
        return filter.labels()
                .map(labels -> new Sums(labels, format.isOpenMetrics(), lease))
                .orElse(null);
    }

    boolean hasFloatBounds() {
        return format.isOpenMetrics();
    }

    boolean isContinued(@Nullable MetricType type) {
        return continuity != null && (type == MetricType.COUNTER || type == MetricType.HISTOGRAM);
    }

    boolean hasRestarted() {
        return envoy > 0;
    }

    /// The sample as it is to be shown, valid until the next call.
    ///
    /// @param isContinued whether it goes on from what the Envoy before counted
    /// @return null when it is shown as it came
    @Nullable
    Body rewritten(byte[] text, SampleLine sample, int to, boolean isContinued) throws SourceException {
        var value = isContinued ? continued(text, sample) : Double.NaN;
        var needsFormat = format.isOpenMetrics() || (sample.isQuoted() && !format.allowsAnyName());
        if (Double.isNaN(value) && !needsFormat) {
            return null;
        }
        line.cutTo(0);
        if (Double.isNaN(value)) {
            rewriting.write(text, sample, to, line);
        } else {
            rewriting.write(text, sample, Sums.text(value).getBytes(StandardCharsets.ISO_8859_1), line);
        }
        return line;
    }

    /// NaN when it stays as it is.
    private double continued(byte[] text, SampleLine sample) {
        var value = Letters.number(text, sample.valueFrom(), sample.valueTo());
        if (continuity == null || !(value >= 0) || Double.isInfinite(value)) {
            return Double.NaN;
        }
        var shown = continuity.shown(envoy, sample.writtenHash(), value);
        return shown == value ? Double.NaN : shown;
    }
}
