package dev.outrigger.stats;

/// Where samples come from; the label value of the merger's own metrics.
enum Source {
    ENVOY("envoy"),
    APPLICATION("application"),
    AGENT("agent");

    private final String label;

    Source(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
