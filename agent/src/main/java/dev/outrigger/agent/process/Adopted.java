package dev.outrigger.agent.process;

import static java.lang.System.Logger.Level.DEBUG;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.outrigger.agent.proc.ProcFile;
import java.io.IOException;
import java.nio.file.Path;
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
    private static final Path PROC = Path.of("/proc");
    /// After which the entry goes: the call has to be linked for it, which what follows the end need not wait for.
    private static final int REAP_SECONDS = 5;

    private static final String DEAD = "Z";
    private static final int PARENT = 1; // of the fields behind the name

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
        var stat = stat(pid);
        var fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", PARENT + 2);
        var self = Long.toString(ProcessHandle.current().pid());
        return fields.length > PARENT && fields[PARENT].equals(self) && !fields[0].equals(DEAD)
                ? ProcessHandle.of(pid).map(Adopted::new)
                : Optional.empty();
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
        var stat = stat(handle.pid());
        var code = stat.isEmpty() ? 0 : Integer.parseInt(stat.substring(stat.lastIndexOf(' ') + 1));
        CompletableFuture.delayedExecutor(REAP_SECONDS, TimeUnit.SECONDS).execute(this::reap);
        var signal = code & SIGNAL;
        return signal == 0 ? code >> STATUS_SHIFT & STATUS : SIGNAL + 1 + signal;
    }

    private void reap() {
        try {
            WaitPid.reap(handle.pid());
        } catch (IllegalStateException | LinkageError | UnsupportedOperationException e) {
            log.log(DEBUG, "process {0} stays in the process table: {1}", Long.toString(handle.pid()), e.toString());
        }
    }

    /// Whether it has ended and is only in the process table still.
    static boolean isDead(long pid) {
        var stat = stat(pid);
        return stat.startsWith(DEAD, stat.lastIndexOf(')') + 2);
    }

    /// `42 (name) Z 1 … 9`; the name may hold anything. Empty when there is no such process.
    private static String stat(long pid) {
        try {
            return ProcFile.read(PROC.resolve(pid + "/stat")).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
