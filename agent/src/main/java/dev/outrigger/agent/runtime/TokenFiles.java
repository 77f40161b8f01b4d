package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.bootstrap.AtomicFile;
import dev.outrigger.health.Condition;
import dev.outrigger.sds.JwtSvid;
import dev.outrigger.sds.JwtSvids;
import dev.outrigger.sds.Latest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Keeps JWT-SVIDs in files of their own, for the owner only, each replaced in one step when a newer one comes.
/// They stay when the agent ends.
///
/// `due`, `onDisk` and `troubles` are owned by the thread `token-files`.
final class TokenFiles implements AutoCloseable {
    private static final System.Logger log = System.getLogger(TokenFiles.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(15);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final String SECRET = "rw-------";

    private final Map<String, Path> files;
    private final Condition condition;
    private final BlockingQueue<Runnable> news = new LinkedBlockingQueue<>();
    private final Map<String, JwtSvid> due = new TreeMap<>();
    private final Map<String, JwtSvid> onDisk = new TreeMap<>();
    private final Map<String, String> troubles = new TreeMap<>();
    private final List<Latest.Subscription> subscriptions = new ArrayList<>();
    private final Thread thread = Thread.ofVirtual().name("token-files").unstarted(this::follow);

    private TokenFiles(Map<String, Path> files, Condition condition) {
        this.files = Map.copyOf(files);
        this.condition = condition;
    }

    /// Writes each token as it comes; does not wait for the first ones.
    ///
    /// @param files audience to file, whose folder exists
    static TokenFiles start(Map<String, Path> files, JwtSvids tokens, Condition condition) {
        var started = new TokenFiles(files, condition);
        condition.unmet("no JWT-SVID has been received that could be written");
        started.thread.start();
        started.files.keySet().forEach(audience -> started.follow(audience, tokens));
        return started;
    }

    private void follow(String audience, JwtSvids tokens) {
        subscriptions.add(tokens.follow(
                audience,
                token -> news.add(() -> due.put(audience, token)),
                reason -> news.add(() -> missed(audience, reason))));
    }

    private void follow() {
        try {
            while (true) {
                var next = due.isEmpty() ? news.take() : news.poll(RETRY.toMillis(), TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                }
                writeDue();
                report();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void missed(String audience, String reason) {
        if (!reason.equals(troubles.put(audience, reason))) {
            log.log(WARNING, "token file not renewed audience={0}: {1}", audience, reason);
        }
    }

    private void writeDue() throws InterruptedException {
        for (var entry : Map.copyOf(due).entrySet()) {
            var audience = entry.getKey();
            try {
                write(audience, entry.getValue());
            } catch (IOException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("closed while writing");
                }
                troubles.put(audience, String.valueOf(e.getMessage()));
                log.log(ERROR, "{0}; trying again in {1} s", e.getMessage(), Long.toString(RETRY.toSeconds()));
            }
        }
    }

    private void write(String audience, JwtSvid token) throws IOException {
        var file = files.getOrDefault(audience, Path.of(audience));
        AtomicFile.write(file, token.token(), SECRET);
        due.remove(audience);
        onDisk.put(audience, token);
        troubles.remove(audience);
        log.log(INFO, "token written file={0} audience={1} expires_at={2}", file, audience, token.expiresAt());
    }

    private void report() {
        var text = new ArrayList<String>();
        onDisk.forEach((audience, token) ->
                text.add("JWT-SVID for " + audience + " is on disk, and expires " + token.expiresAt()));
        troubles.forEach((audience, trouble) -> text.add(audience + ": " + trouble));
        var reason = String.join("; ", text);
        if (onDisk.keySet().containsAll(files.keySet())) {
            condition.met(reason);
        } else {
            condition.unmet(reason.isEmpty() ? "no JWT-SVID has been received that could be written" : reason);
        }
    }

    /// The files stay.
    @Override
    public void close() {
        subscriptions.forEach(Latest.Subscription::close);
        thread.interrupt();
        try {
            var _ = thread.join(CLOSING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
