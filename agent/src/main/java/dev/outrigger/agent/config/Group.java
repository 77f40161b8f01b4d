package dev.outrigger.agent.config;

/// Headline under which a setting is listed.
public enum Group {
    GENERAL("General"),
    CONTROL_PLANE("Control plane and xDS"),
    IDENTITY("Identity and SDS"),
    DNS("DNS"),
    ENVOY("Envoy"),
    APPLICATION("Application under run -- COMMAND"),
    STATUS("Status and metrics"),
    HEALTH("Health"),
    DRAIN("Drain");

    private final String title;

    Group(String title) {
        this.title = title;
    }

    /// For humans.
    public String title() {
        return title;
    }
}
