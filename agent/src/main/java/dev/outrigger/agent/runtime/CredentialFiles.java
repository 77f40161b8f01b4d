package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.bootstrap.AtomicFolder;
import dev.outrigger.bootstrap.AtomicFolder.Content;
import dev.outrigger.bootstrap.CertificateFiles;
import dev.outrigger.health.Condition;
import dev.outrigger.sds.Identity;
import dev.outrigger.sds.Latest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Keeps the workload's identity in files, for proxyless gRPC and other processes. They stay when the agent ends,
/// so that applications outlive a restart of it.
///
/// `onDisk` is owned by the thread `credential-files`, and before its start by who starts it.
final class CredentialFiles implements AutoCloseable {
    private static final System.Logger log = System.getLogger(CredentialFiles.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(15);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final String READABLE = "rw-r--r--";

    private final CertificateFiles files;
    private final String keyPermissions;
    private final Latest<Identity> latest;
    private final Condition condition;
    private final Semaphore changes = new Semaphore(0);
    private final Thread thread = Thread.ofVirtual().name("credential-files").unstarted(this::follow);
    private final Latest.Subscription subscription;
    private @Nullable Identity onDisk;

    private CredentialFiles(CertificateFiles files, String keyPermissions, Latest<Identity> latest, Condition condition)
            throws IOException {
        this.files = files;
        this.keyPermissions = keyPermissions;
        this.latest = latest;
        this.condition = condition;
        condition.unmet("no identity has been received that could be written");
        if (latest.get().isPresent()) {
            write(latest.get().get());
        }
        this.subscription = latest.onChange(_ -> changes.release());
    }

    /// Writes the identity that is there, and from then on each later one.
    ///
    /// @param files in one folder, which exists
    /// @param keyPermissions of the key, in the form `rw-------`
    /// @throws IOException when they cannot be written
    static CredentialFiles start(
            CertificateFiles files, String keyPermissions, Latest<Identity> latest, Condition condition)
            throws IOException {
        var started = new CredentialFiles(files, keyPermissions, latest, condition);
        started.thread.start();
        return started;
    }

    /// Where all of them are.
    static Path folder(CertificateFiles files) {
        return files.certificate().resolveSibling("");
    }

    private void follow() {
        try {
            var done = true;
            while (true) {
                if (done) {
                    changes.acquire();
                } else {
                    var _ = changes.tryAcquire(RETRY.toMillis(), TimeUnit.MILLISECONDS);
                }
                changes.drainPermits();
                var identity = latest.get(); // none when it was given up; what is on disk stays
                done = identity.isEmpty() || tryWrite(identity.get());
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private boolean tryWrite(Identity identity) throws InterruptedException {
        try {
            write(identity);
            return true;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("closed while writing");
            }
            var trouble = "credentials cannot be written: " + e.getMessage();
            log.log(ERROR, "{0}; trying again in {1} s", trouble, Long.toString(RETRY.toSeconds()));
            if (onDisk == null) {
                condition.unmet(trouble);
            } else {
                condition.met(describe(onDisk) + "; newer " + trouble);
            }
            return false;
        }
    }

    private void write(Identity identity) throws IOException {
        if (identity.equals(onDisk)) {
            return;
        }
        AtomicFolder.write(
                folder(files),
                Map.of(
                        name(files.certificate()), new Content(identity.chainPem(), READABLE),
                        name(files.key()), new Content(identity.keyPem(), keyPermissions),
                        name(files.roots()), new Content(identity.bundlePem(), READABLE)));
        onDisk = identity;
        condition.met(describe(identity));
        log.log(INFO, "credentials written folder={0} id={1}", folder(files), identity.spiffeId());
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static String describe(Identity identity) {
        return identity.spiffeId() + " is on disk, and expires " + identity.expiresAt();
    }

    /// The files stay.
    @Override
    public void close() {
        subscription.close();
        thread.interrupt();
        try {
            var _ = thread.join(CLOSING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
