package dev.outrigger.sds;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Serves certificates and roots of files by name (see {@link FileSecret}), whichever the source of the identity.
/// Files are followed through links, as Kubernetes swaps them: on every change of their folders, and every two
/// seconds in any case, their contents are compared. A certificate and its key are taken only when they fit; what
/// was good stays.
///
/// `watched` and `folders` are owned by the thread `file-secrets`, which starts with the first name; `thread` by
/// the caller of {@link #provide}.
final class FileSecrets implements NamedSecrets, AutoCloseable {
    private static final Duration POLL = Duration.ofSeconds(2);

    private final InstantSource clock;
    private final MeterRegistry registry;
    private final Duration poll;
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final AtomicBoolean changed = new AtomicBoolean();
    private final List<Watched> watched = new ArrayList<>();
    private volatile @Nullable Thread thread;
    private volatile @Nullable FolderWatch folders;
    private volatile Instant soonestExpiry = Instant.MAX;

    FileSecrets(InstantSource clock, MeterRegistry registry) {
        this(clock, registry, POLL);
    }

    FileSecrets(InstantSource clock, MeterRegistry registry, Duration poll) {
        this.clock = clock;
        this.poll = poll;
        this.registry = registry;
    }

    @Override
    public boolean has(String name) {
        return FileSecret.isName(name);
    }

    @Override
    public Subscription provide(String name, Listener listener) {
        if (thread == null) {
            Gauge.builder("outrigger.sds.file.expiry", this::remaining)
                    .baseUnit("seconds")
                    .description("Time until the first certificate served from a file expires; NaN while there is none")
                    .register(registry);
            thread = Thread.ofVirtual().name("file-secrets").start(this::run);
        }
        var added = new Watched(name, listener);
        tasks.add(() -> {
            watched.add(added);
            look(added, true);
            watchFolders();
        });
        return () -> tasks.add(() -> {
            watched.remove(added);
            watchFolders();
        });
    }

    private void run() {
        try (var watch = FolderWatch.start(this::changed)) {
            folders = watch;
            while (true) {
                var task = tasks.poll(poll.toMillis(), TimeUnit.MILLISECONDS);
                if (task == null) {
                    lookAtAll(true);
                } else {
                    task.run();
                }
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    /// Many changes at once make one look.
    private void changed() {
        if (changed.compareAndSet(false, true)) {
            tasks.add(() -> {
                changed.set(false);
                lookAtAll(false);
            });
        }
    }

    private void lookAtAll(boolean tellTrouble) {
        watched.forEach(one -> look(one, tellTrouble));
        watchFolders();
    }

    /// @param tellTrouble not right after an event: the other file may still be on its way
    private void look(Watched one, boolean tellTrouble) {
        try {
            var spec = one.spec == null ? FileSecret.parse(one.name) : one.spec;
            one.spec = spec;
            var texts = spec.texts();
            if (!texts.equals(one.texts)) {
                var secret = spec.content(texts, clock.instant());
                one.texts = texts;
                one.expiresAt = secret.expiresAt();
                one.listener.found(secret);
            } else if (!clock.instant().isBefore(one.expiresAt)) {
                one.listener.failed(
                        "expired " + one.expiresAt + "; renew " + spec.files().getFirst());
            }
        } catch (IOException | RuntimeException e) { // parsers throw these too, on input that is wrong enough
            if (tellTrouble) {
                one.texts = List.of(); // so that what was good before is told again when it is back
                one.listener.failed(e instanceof IOException ? String.valueOf(e.getMessage()) : "it cannot be read");
            }
        }
    }

    private void watchFolders() {
        soonestExpiry = watched.stream()
                .map(one -> one.expiresAt)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
        var needed = new HashSet<Path>();
        watched.forEach(one -> addFolders(one.spec, needed));
        var watch = folders;
        if (watch != null) {
            watch.follow(needed);
        }
    }

    /// Of each file the folder that has it or a link to it, and the one where it really is.
    private static void addFolders(@Nullable FileSecret spec, Set<Path> folders) {
        for (var file : spec == null ? List.<Path>of() : spec.files()) {
            addFolder(file.toAbsolutePath(), folders);
            try {
                addFolder(file.toRealPath(), folders);
            } catch (IOException _) {
                // not there yet
            }
        }
    }

    private static void addFolder(Path file, Set<Path> folders) {
        var folder = file.getParent();
        if (folder != null && Files.isDirectory(folder)) {
            folders.add(folder);
        }
    }

    private double remaining() {
        var end = soonestExpiry;
        return end.equals(Instant.MAX)
                ? Double.NaN
                : Duration.between(clock.instant(), end).toMillis() / 1000.0;
    }

    @Override
    public void close() {
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    /// One name and what was last found under it.
    private static final class Watched {
        final String name;
        final Listener listener;

        @Nullable
        FileSecret spec;

        List<String> texts = List.of();
        Instant expiresAt = Instant.MAX;

        Watched(String name, Listener listener) {
            this.name = name;
            this.listener = listener;
        }
    }
}
