package dev.outrigger.agent.runtime;

/// Which Outrigger this is.
public final class Version {
    private Version() {}

    /// The version from the jar's manifest; `development` outside one.
    public static String number() {
        var version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /// `outrigger 0.1.0 (Java 25.0.3+9, linux amd64)`.
    public static String line() {
        return "outrigger " + number() + " (Java " + Runtime.version() + ")";
    }
}
