package dev.outrigger.agent.stop;

import static java.lang.System.Logger.Level.WARNING;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/// Joins the JVM's shutdown to the orderly end of a command. A signal starts the shutdown hook, which tells the
/// command to stop, waits for it, and halts with the status the command ended with; left alone the JVM would exit
/// with 128 + signal.
public final class Ending {
    private final IntConsumer halt;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile int status;

    /// @param halt ends the process at once with a status
    public Ending(IntConsumer halt) {
        this.halt = halt;
    }

    /// Has a signal call `stop`.
    ///
    /// @param stop returns at once
    /// @param limit how long the command may take to end after it; beyond it the process ends with status 1
    public void onSignal(Runnable stop, Duration limit) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(stop, limit), "shutdown"));
    }

    /// Has SIGUSR2 call `drain`. Returns at once; without it the JVM ignores that signal. A JVM that runs with
    /// `-Xrs` leaves signals to the system, and SIGUSR2 then ends it.
    ///
    /// HotSpot suspends threads by SIGUSR2 for some of its profilers, unless `_JAVA_SR_SIGNUM` names another
    /// signal; none is on here.
    ///
    /// @param drain returns at once
    public void onDrainSignal(Runnable drain) {
        try {
            OsSignals.handle("USR2", drain);
        } catch (IllegalArgumentException e) {
            System.getLogger(Ending.class.getName()) // the only one who has something to say
                    .log(WARNING, "SIGUSR2 will not drain (POST /drain does): {0}", e.getMessage());
        }
    }

    /// The command is over. The caller exits with this status next.
    public void finished(int with) {
        status = with;
        finished.countDown();
    }

    private void end(Runnable stop, Duration limit) {
        if (finished.getCount() == 0) {
            return;
        }
        stop.run();
        try {
            halt.accept(finished.await(limit.toMillis(), TimeUnit.MILLISECONDS) ? status : 1);
        } catch (InterruptedException e) {
            halt.accept(1);
        }
    }
}
