package dev.outrigger.sds;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/// Provides one identity and keeps it fresh. Every method may be called from any thread and never blocks, except
/// {@link #awaitStarted} and {@link #close}.
public sealed interface IdentitySource extends AutoCloseable
        permits CaSource, DevCaSource, FileSource, NoIdentitySource, WorkloadApiSource {
    /// The identity in use. Bad or missing updates never replace a good one; it is withdrawn only where the
    /// configuration says so.
    Latest<Identity> latest();

    /// Gets a new identity now instead of when it is due.
    ///
    /// @param why for the log, for example `asked by the operator`
    /// @return the identity that this attempt brought (the source may answer with the one in use), or
    ///     exceptionally an `IOException` that says why not; the source keeps trying regardless
    CompletableFuture<Identity> renew(String why);

    /// For humans; holds no secret.
    IdentityStatus status();

    /// Waits for an identity that is issued here; one that has to be fetched is not waited for.
    ///
    /// @throws IOException when the configuration cannot work, saying what to change
    default void awaitStarted() throws IOException {}

    /// Stops renewing; the last identity stays readable. Idempotent.
    @Override
    void close();
}
