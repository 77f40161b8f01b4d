package dev.outrigger.dev;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// Watches one file and tells when its content has become another.
///
/// The folder's events make it quick; a look at the file every second makes it sure, where an editor replaces the file,
/// a link on the way is moved, or the file system has no events. All state is owned by the thread `outrigger-watch`.
public final class FileWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(FileWatch.class.getName());
    private static final Duration POLL = Duration.ofSeconds(1);
    /// An editor writes in several steps: a file that still changes after this is looked at again.
    private static final Duration SETTLE = Duration.ofMillis(100);
    private static final int MOST_LOOKS = 20;

    private final Path file;
    private final Runnable changed;
    private final WatchService service;
    private final Thread thread;
    private byte[] known;

    private FileWatch(Path file, Runnable changed, WatchService service) {
        this.file = file;
        this.changed = changed;
        this.service = service;
        this.known = digest();
        this.thread = Thread.ofPlatform().daemon().name("outrigger-watch").unstarted(this::watch);
    }

    /// Starts watching; what the file holds now is not told.
    ///
    /// @param file may be missing for a while, its folder may not
    /// @param changed called on the thread `outrigger-watch`, never twice at once
    /// @throws IOException when the folder cannot be watched
    public static FileWatch start(Path file, Runnable changed) throws IOException {
        var absolute = file.toAbsolutePath();
        var folder = absolute.getParent();
        var service = absolute.getFileSystem().newWatchService();
        try {
            if (folder == null) {
                throw new IOException("it is not a file");
            }
            folder.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException e) {
            service.close();
            throw new IOException(file + " cannot be watched (" + e + "); give a file in a readable folder", e);
        }
        var watch = new FileWatch(absolute, changed, service);
        watch.thread.start();
        return watch;
    }

    /// Ends it; waits up to 5 s for a call that is under way, unless called from that call.
    @Override
    public void close() {
        try {
            service.close();
            if (Thread.currentThread() != thread) {
                thread.join(Duration.ofSeconds(5));
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing a watch failed", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch() {
        try {
            while (true) {
                var _ = await(POLL);
                look();
            }
        } catch (ClosedWatchServiceException _) {
            // closed: the end
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether something happened in the folder within the limit.
    private boolean await(Duration limit) throws InterruptedException {
        var key = service.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (key == null) {
            return false;
        }
        key.pollEvents();
        key.reset();
        return true;
    }

    private void look() throws InterruptedException {
        var now = digest();
        if (Arrays.equals(now, known)) {
            return;
        }
        now = settled(now);
        if (now.length == 0 || Arrays.equals(now, known)) {
            return; // gone for the moment, or changed back
        }
        known = now;
        try {
            changed.run();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "taking a changed file failed file=" + file, e);
        }
    }

    private byte[] settled(byte[] first) throws InterruptedException {
        var last = first;
        for (int i = 0; i < MOST_LOOKS; i++) {
            boolean quiet = !await(SETTLE);
            var next = digest();
            if (quiet && Arrays.equals(next, last)) {
                return next;
            }
            last = next;
        }
        return last;
    }

    /// Empty when the file cannot be read.
    private byte[] digest() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        } catch (IOException _) {
            return new byte[0];
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
