package dev.outrigger.xds;

import java.nio.file.Path;

/// Which certificate authorities may vouch for the control plane.
public sealed interface Roots {
    /// The trust store of the Java runtime.
    record SystemDefault() implements Roots {}

    /// A PEM file with one or more certificates.
    ///
    /// @param path read again at every dial; a file that turns unreadable keeps the roots read before
    record File(Path path) implements Roots {}

    /// The trust bundle that comes with the {@link ClientIdentity}.
    record Identity() implements Roots {}
}
