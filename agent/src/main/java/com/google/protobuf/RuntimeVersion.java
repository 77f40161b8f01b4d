package com.google.protobuf;

/// Stands in for protobuf's class of this name, which every generated message asks in its initialiser whether it
/// fits the library. That one begins by formatting its own number, for which the JDK loads the digits of all
/// locales, and by starting java.util.logging: 4 ms of CPU in each start.
public final class RuntimeVersion {
    private static final int MAJOR = 4;
    private static final int MINOR = 36;
    private static final int PATCH = 2;

    private RuntimeVersion() {}

    /// Whose release it is.
    public enum RuntimeDomain {
        /// Google's own.
        GOOGLE_INTERNAL,
        /// Everybody's.
        PUBLIC
    }

    /// @param where the class that was generated
    /// @throws IllegalStateException when it was generated for a newer library, or for one of another major version
    public static void validateProtobufGencodeVersion(
            RuntimeDomain domain, int major, int minor, int patch, String suffix, String where) {
        var isNewer = minor > MINOR || (minor == MINOR && patch > PATCH);
        if (domain != RuntimeDomain.PUBLIC || major != MAJOR || isNewer || !suffix.isEmpty()) {
            throw new IllegalStateException(where + " was generated for protobuf " + major + "." + minor + "." + patch
                    + suffix + ", and the library is " + MAJOR + "." + MINOR + "." + PATCH);
        }
    }
}
