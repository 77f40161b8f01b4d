package dev.outrigger.agent.runtime;

/// Which Outrigger this is.
public final class Version {
    private Version() {}

    /// The version of the agent's module, or from its jar's manifest; `development` outside both.
    public static String number() {
        var module = Version.class.getModule();
        var version = module.isNamed()
                ? module.getDescriptor().rawVersion().orElse(null)
                : Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /// `outrigger 0.1.0 (Java 25.0.3+9, linux amd64)`.
    public static String line() {
        return "outrigger " + number() + " (Java " + Runtime.version() + ")";
    }
}
