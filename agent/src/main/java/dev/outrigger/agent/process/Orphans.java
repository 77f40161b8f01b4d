package dev.outrigger.agent.process;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.proc.ProcStat;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// As the first process of a container the agent inherits every process whose parent has ended, and must take
/// note of its end, or the kernel keeps its entry for ever.
///
/// Children of our own must be left to the JDK, which has a thread waiting for each of them and takes note at
/// once. So what is still dead at the third look in a row is nobody's. One virtual thread owns `dead`.
public final class Orphans implements AutoCloseable {
    private static final System.Logger log = System.getLogger(Orphans.class.getName());
    private static final Duration PACE = Duration.ofMillis(500);
    private static final int LOOKS = 3;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<Long, Integer> dead = new HashMap<>();

    private Orphans() {}

    /// Begins to look when this is the first process.
    ///
    /// @return null when it is not: then somebody else inherits
    public static @Nullable Orphans adopt() {
        if (ProcessHandle.current().pid() != 1) {
            return null;
        }
        var orphans = new Orphans();
        Thread.ofVirtual().name("orphans").start(orphans::follow);
        return orphans;
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void follow() {
        try {
            while (!closed.await(PACE.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException | LinkageError | UnsupportedOperationException e) {
            log.log(WARNING, "ended processes of others stay in the process table cause={0}", e.toString());
        }
    }

    private void look() {
        var before = new HashMap<>(dead);
        dead.clear();
        for (var child : ProcessHandle.current().children().toList()) {
            var pid = child.pid();
            if (isDead(pid)) {
                var looks = before.getOrDefault(pid, 0) + 1;
                if (looks < LOOKS || !WaitPid.reap(pid)) {
                    dead.put(pid, looks);
                } else {
                    log.log(DEBUG, "orphan reaped pid={0}", Long.toString(pid));
                }
            }
        }
    }

    private static boolean isDead(long pid) {
        try {
            return ProcStat.of(Long.toString(pid)).isDead();
        } catch (IOException e) {
            return false;
        }
    }
}
