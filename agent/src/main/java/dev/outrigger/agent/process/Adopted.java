package dev.outrigger.agent.process;

import static java.lang.System.Logger.Level.DEBUG;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.outrigger.agent.proc.ProcStat;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A child that Java did not start: whoever did has become this process since (execve(2)). The JDK hears of its end
/// at once, and neither takes its status nor its entry out of the process table. The kernel shows the status while
/// the entry is there (proc_pid_stat(5), `exit_code`), and it is removed a little later.
public final class Adopted implements Child {
    private static final System.Logger log = System.getLogger(Adopted.class.getName());
    /// After which the entry goes: the call has to be linked for it, which what follows the end need not wait for.
    private static final int REAP_SECONDS = 5;

    private static final int SIGNAL = 0x7f;
    private static final int STATUS_SHIFT = 8;
    private static final int STATUS = 0xff;

    private final ProcessHandle handle;

    @GuardedBy("this")
    private @Nullable CompletableFuture<Integer> status;

    private Adopted(ProcessHandle handle) {
        this.handle = handle;
    }

    /// @return empty when that is no child of this process, or it has ended
    public static Optional<Child> of(long pid) {
        try {
            var stat = ProcStat.of(Long.toString(pid));
            return stat.isChildOf(ProcessHandle.current()) && !stat.isDead()
                    ? ProcessHandle.of(pid).map(Adopted::new)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public long pid() {
        return handle.pid();
    }

    @Override
    public boolean isAlive() {
        return !status().isDone();
    }

    @Override
    public Optional<Integer> await(Duration limit) throws InterruptedException {
        try {
            return Optional.of(status().get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of process " + pid() + " cannot be read", e.getCause());
        }
    }

    @Override
    public void terminate() {
        handle.destroy();
    }

    @Override
    public void kill() {
        handle.destroyForcibly();
        var _ = status(); // its end is taken note of, whether or not somebody waits for it
    }

    /// Waited for from the first question on, not before: that starts a thread, for which a start would wait.
    private synchronized CompletableFuture<Integer> status() {
        var made = status;
        if (made == null) {
            made = handle.onExit().thenApply(_ -> ended());
            status = made;
        }
        return made;
    }

    private int ended() {
        var code = exitCode();
        CompletableFuture.delayedExecutor(REAP_SECONDS, TimeUnit.SECONDS).execute(this::reap);
        var signal = code & SIGNAL;
        return signal == 0 ? code >> STATUS_SHIFT & STATUS : SIGNAL + 1 + signal;
    }

    private int exitCode() {
        try {
            return ProcStat.of(Long.toString(pid())).exitCode();
        } catch (IOException e) {
            return 0; // somebody else has taken note of its end
        }
    }

    private void reap() {
        try {
            WaitPid.reap(handle.pid());
        } catch (IllegalStateException | LinkageError | UnsupportedOperationException e) {
            log.log(DEBUG, "process {0} stays in the process table: {1}", Long.toString(handle.pid()), e.toString());
        }
    }
}
