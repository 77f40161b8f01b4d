package dev.outrigger.sds;

import dev.outrigger.sds.IdentityMetrics.Failure;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Follows an identity in three files. They are read whenever something in their folders changes, and every few
/// seconds in case that was missed, and taken when they fit together. While they are being replaced one by one
/// they do not: that is a failure only once it lasts.
///
/// All state is owned by `owner`; public methods hop to it. What blocks runs on `worker`, one look at a time.
final class FileSource implements IdentitySource {
    private static final Logger LOG = System.getLogger(FileSource.class.getName());
    private static final String CLOSED = "the identity source is closed";
    private static final Duration LOOK = Duration.ofSeconds(5);
    /// While what was read does not fit together.
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final List<Path> paths;
    private final FileIdentity files;
    private final Executor worker;
    private final Executor owner;
    private final IdentityKeeper keeper;
    private final Alarm look;
    private final Alarm patience;
    private final FolderWatch watch;
    private List<CompletableFuture<Identity>> asked = new ArrayList<>();
    private byte @Nullable [] taken;
    private @Nullable String trouble;
    private boolean looking;
    private boolean again;
    private boolean closed;

    /// What a look found. Not a record: nobody prints or compares it.
    private static final class Found {
        private final byte @Nullable [] digest;
        private final @Nullable Identity identity;
        private final @Nullable String refusal;

        Found(byte @Nullable [] digest, @Nullable Identity identity, @Nullable String refusal) {
            this.digest = digest;
            this.identity = identity;
            this.refusal = refusal;
        }
    }

    private FileSource(IdentityConfig.Files config, Executor worker, Alarms alarms, IdentityKeeper keeper) {
        this.paths = List.of(config.certificate(), config.key(), config.bundle());
        this.worker = worker;
        this.owner = alarms.owner();
        this.keeper = keeper;
        this.files = new FileIdentity(
                config, new SvidVerifier(alarms.clock(), config.policy().trustDomain()));
        this.look = alarms.alarm(this::look);
        this.patience = alarms.alarm(this::complain);
        this.watch = FolderWatch.start(() -> hop(this::look));
    }

    static FileSource start(IdentityConfig.Files config, Executor worker, Alarms alarms, IdentityKeeper keeper) {
        var source = new FileSource(config, worker, alarms, keeper);
        source.hop(source::look);
        return source;
    }

    @Override
    public Latest<Identity> latest() {
        return keeper.latest();
    }

    @Override
    public IdentityStatus status() {
        return keeper.status();
    }

    /// Reads the files again; they bring what whoever writes them has put there.
    @Override
    public CompletableFuture<Identity> renew(String why) {
        var result = new CompletableFuture<Identity>();
        LOG.log(Level.DEBUG, "reading the identity files: {0}", why);
        var told = hop(() -> {
            if (closed) {
                result.completeExceptionally(new IOException(CLOSED));
            } else {
                asked.add(result);
                look();
            }
        });
        if (!told) {
            result.completeExceptionally(new IOException(CLOSED));
        }
        return result;
    }

    @Override
    public void close() {
        hop(() -> {
            closed = true;
            look.cancel();
            patience.cancel();
            keeper.close();
            watch.close();
            fail(asked, CLOSED);
            asked = new ArrayList<>();
        });
    }

    /// What happens where the kernel has no watches left.
    void unwatch() {
        watch.close();
    }

    private boolean hop(Runnable task) {
        try {
            owner.execute(task);
            return true;
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the owner of the identity source ended before it");
            watch.close();
            return false;
        }
    }

    private void look() {
        if (closed) {
            return;
        }
        if (looking) {
            again = true;
            return;
        }
        looking = true;
        var known = trouble == null ? taken : null; // what was wrong may be right by now: a time, or another file
        var waiting = asked;
        asked = new ArrayList<>();
        worker.execute(() -> {
            var found = read(known);
            hop(() -> found(found, waiting));
        });
    }

    /// On the worker.
    private Found read(byte @Nullable [] known) {
        try {
            watch.follow(SymlinkFolders.of(paths)); // before it is read, so that no later change is missed
            var content = files.read();
            var digest = content.digest();
            return new Found(digest, Arrays.equals(digest, known) ? null : files.parse(content), null);
        } catch (RefusedSvidException e) {
            return new Found(null, null, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) { // parsers throw these too, on input that is wrong enough
            return new Found(null, null, "the files cannot be read: " + Quote.reason(e));
        }
    }

    private void found(Found found, List<CompletableFuture<Identity>> waiting) {
        looking = false;
        if (closed) {
            fail(waiting, CLOSED);
            return;
        }
        if (found.refusal == null) {
            right(found);
            var identity = keeper.latest().get().orElseThrow();
            waiting.forEach(future -> future.complete(identity));
        } else {
            wrong(found.refusal);
            fail(waiting, found.refusal);
        }
        if (again) {
            again = false;
            look();
        }
    }

    private void right(Found found) {
        patience.cancel();
        taken = found.digest;
        look.setIn(LOOK);
        if (found.identity != null) {
            trouble = null;
            keeper.taken(found.identity, null);
        }
    }

    private void wrong(String refusal) {
        if (trouble == null) {
            patience.setIn(PATIENCE);
        }
        trouble = refusal;
        look.setIn(patience.isSet() ? LOOK_AGAIN : LOOK);
        if (!patience.isSet() || keeper.inUse() == null) {
            tell(refusal);
        }
    }

    private void complain() {
        if (trouble != null) {
            tell(trouble);
        }
    }

    /// Each reason counts once.
    private void tell(String refusal) {
        if (!refusal.equals(keeper.status().lastError())) {
            keeper.failed(Failure.REFUSED, refusal);
        }
    }

    private void fail(List<CompletableFuture<Identity>> waiting, String reason) {
        var error = new IOException(keeper.status().source() + ": " + reason);
        waiting.forEach(future -> future.completeExceptionally(error));
    }
}
