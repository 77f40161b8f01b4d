package dev.outrigger.agent.envoy;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;

/// The log level that Envoy is to have: given to each Envoy at its start, and told to the running one when it
/// changes. Any thread.
final class EnvoyLogLevel {
    private final LocalHttp admin;
    private volatile String wanted;

    private volatile String told; // written under the lock

    EnvoyLogLevel(String level, LocalHttp admin) {
        this.wanted = level;
        this.told = level;
        this.admin = admin;
    }

    /// For the command line of a new Envoy.
    synchronized String atStart() {
        var level = wanted;
        told = level;
        return level;
    }

    String wanted() {
        return wanted;
    }

    /// Whether the running Envoy has it.
    boolean isTold() {
        return wanted.equals(told);
    }

    /// Changes it.
    ///
    /// @throws IOException when the running Envoy cannot be told now; it is told as soon as it answers
    void want(String level) throws IOException {
        wanted = level;
        tell();
    }

    /// Tells the running Envoy what it has not been told yet; asks nothing when there is no such thing.
    synchronized void tell() throws IOException {
        var level = wanted;
        if (level.equals(told)) {
            return;
        }
        var answer = admin.ask("POST", "/logging?level=" + level);
        if (answer.status() != 200) {
            throw new IOException(
                    "Envoy answers " + answer.status() + ": " + answer.body().strip());
        }
        told = level;
    }
}
