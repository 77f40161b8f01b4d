package dev.outrigger.agent.process;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A process of which this one is the parent, whoever of the two started it. Any thread may call.
public interface Child {
    /// Its number.
    long pid();

    /// Whether it has not ended yet.
    boolean isAlive();

    /// Waits for its end, at most so long.
    ///
    /// @return its exit status, 128 + signal when a signal ended it; empty while it runs
    Optional<Integer> await(Duration limit) throws InterruptedException;

    /// SIGTERM. Its pipes stay open.
    void terminate();

    /// SIGKILL. Its pipes stay open.
    void kill();

    /// One that Java started. It is signalled by its handle, as its own methods for that close its pipes, too.
    static Child of(Process process) {
        return new Child() {
            @Override
            public long pid() {
                return process.pid();
            }

            @Override
            public boolean isAlive() {
                return process.isAlive();
            }

            @Override
            public Optional<Integer> await(Duration limit) throws InterruptedException {
                return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)
                        ? Optional.of(process.exitValue())
                        : Optional.empty();
            }

            @Override
            public void terminate() {
                process.toHandle().destroy();
            }

            @Override
            public void kill() {
                process.toHandle().destroyForcibly();
            }
        };
    }
}
