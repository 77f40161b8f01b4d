package dev.outrigger.stats;

/// What a scrape is written in.
///
/// @param escaping how names beyond the old alphabet are written
record Format(Syntax syntax, Escaping escaping) {
    /// What every scraper reads.
    static final Format TEXT = new Format(Syntax.TEXT, Escaping.UNDERSCORES);

    private static final String PROTOBUF_TYPE = "application/vnd.google.protobuf";
    private static final String PROTOBUF_PARAMETERS = "; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    private static final String OPEN_METRICS_TYPE = "application/openmetrics-text";

    /// Formats and their versions. <https://prometheus.io/docs/instrumenting/exposition_formats/>
    enum Syntax {
        /// `text/plain`, version 0.0.4.
        TEXT,
        /// `text/plain`, version 1.0.0: the same with names in quotes.
        TEXT_1,
        /// OpenMetrics 0.0.1, which is written like 1.0.0.
        OPEN_METRICS_0,
        /// OpenMetrics 1.0.0. <https://prometheus.io/docs/specs/om/open_metrics_spec/>
        OPEN_METRICS_1,
        /// Delimited messages `io.prometheus.client.MetricFamily`.
        PROTOBUF
    }

    /// Whether it is any version of OpenMetrics.
    boolean isOpenMetrics() {
        return syntax == Syntax.OPEN_METRICS_0 || syntax == Syntax.OPEN_METRICS_1;
    }

    boolean isProtobuf() {
        return syntax == Syntax.PROTOBUF;
    }

    /// Whether names in quotes may be written as they are.
    boolean allowsAnyName() {
        return escaping == Escaping.ALLOW_UTF_8;
    }

    /// Value of the Content-Type header of the answer.
    String contentType() {
        return switch (syntax) {
            case TEXT -> "text/plain; version=0.0.4; charset=utf-8";
            case TEXT_1 -> "text/plain; version=1.0.0; charset=utf-8; escaping=" + escaping.word();
            case OPEN_METRICS_0 -> OPEN_METRICS_TYPE + "; version=0.0.1; charset=utf-8";
            case OPEN_METRICS_1 -> OPEN_METRICS_TYPE + "; version=1.0.0; charset=utf-8; escaping=" + escaping.word();
            case PROTOBUF -> PROTOBUF_TYPE + PROTOBUF_PARAMETERS + "; escaping=" + escaping.word();
        };
    }

    /// The text that comes nearest to it.
    Format text() {
        return isProtobuf() ? new Format(Syntax.TEXT_1, escaping) : this;
    }

    /// Value of the Accept header for an application: what loses least, then whatever can be read.
    String wanted() {
        var open = OPEN_METRICS_TYPE + ";version=1.0.0;escaping=allow-utf-8;q=";
        var text = "text/plain;version=0.0.4;q=";
        return switch (syntax) {
            case TEXT, TEXT_1 ->
                "text/plain;version=1.0.0;escaping=allow-utf-8," + text + "0.9," + open + "0.5,*/*;q=0.1";
            case OPEN_METRICS_0, OPEN_METRICS_1 ->
                open + "1," + OPEN_METRICS_TYPE
                        + ";version=0.0.1;q=0.9,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.8," + text
                        + "0.7,*/*;q=0.1";
            case PROTOBUF ->
                PROTOBUF_TYPE + PROTOBUF_PARAMETERS.replace(" ", "") + ";escaping=allow-utf-8," + open + "0.8," + text
                        + "0.5,*/*;q=0.1";
        };
    }

    /// The same for Envoy, which has text and protobuf.
    ///
    /// @param asText whether the labels have to be read
    String wantedOfEnvoy(boolean asText) {
        return isProtobuf() && !asText
                ? PROTOBUF_TYPE + PROTOBUF_PARAMETERS.replace(" ", "") + ",text/plain;version=0.0.4;q=0.5"
                : "text/plain;version=0.0.4,*/*;q=0.1";
    }
}
