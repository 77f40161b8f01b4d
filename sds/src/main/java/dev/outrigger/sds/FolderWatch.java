package dev.outrigger.sds;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells when anything in a set of folders changes. Only a hint: some file systems tell nothing, and where the
/// kernel gives no more watches it says so once and goes on without; whoever uses it looks from time to time as
/// well.
///
/// Owned by one thread, except for {@link #close}.
final class FolderWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(FolderWatch.class.getName());

    private final Map<Path, WatchKey> keys = new HashMap<>();
    private final @Nullable WatchService service;
    private boolean complained;

    private FolderWatch(Runnable changed) {
        service = open();
        if (service != null) {
            Thread.ofVirtual().name("file-events").start(() -> listen(service, changed));
        }
    }

    /// @param changed called on a thread of its own
    static FolderWatch start(Runnable changed) {
        return new FolderWatch(changed);
    }

    /// Watches exactly these from now on; those that do not exist are left out.
    void follow(Set<Path> folders) {
        if (service == null) {
            return;
        }
        keys.entrySet().removeIf(entry -> {
            var stays = folders.contains(entry.getKey()) && entry.getValue().isValid();
            if (!stays) {
                entry.getValue().cancel();
            }
            return !stays;
        });
        var missing = new HashSet<>(folders);
        missing.removeAll(keys.keySet());
        for (var folder : missing) {
            try {
                keys.put(
                        folder,
                        folder.register(
                                service,
                                StandardWatchEventKinds.ENTRY_CREATE,
                                StandardWatchEventKinds.ENTRY_MODIFY,
                                StandardWatchEventKinds.ENTRY_DELETE));
            } catch (IOException e) {
                complain(e);
            } catch (ClosedWatchServiceException _) {
                return;
            }
        }
    }

    private @Nullable WatchService open() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            complain(e);
            return null;
        }
    }

    private void complain(IOException e) {
        if (!complained) {
            complained = true;
            LOG.log(Level.DEBUG, "changes of files are seen later, as a folder cannot be watched: {0}", e);
        }
    }

    private static void listen(WatchService service, Runnable changed) {
        try {
            while (true) {
                var key = service.take();
                key.pollEvents();
                key.reset();
                changed.run();
            }
        } catch (ClosedWatchServiceException | InterruptedException _) {
            // closed
        }
    }

    @Override
    public void close() {
        try {
            if (service != null) {
                service.close();
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "watching did not end well", e);
        }
    }
}
