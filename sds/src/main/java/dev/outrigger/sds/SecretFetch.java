package dev.outrigger.sds;

import dev.outrigger.h2.CallStatus;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One answer of FetchSecrets: at once for what comes with the identity; files and tokens are waited for.
///
/// Owned by the service's loop.
final class SecretFetch {
    private static final int LIMIT_SECONDS = 10;

    private final SecretShelf shelf;
    private final Set<String> names;
    private final Peer<DiscoveryResponse> answer;
    private int missing;
    private boolean done;
    private @Nullable Future<?> limit;

    /// @param names none for the conventional ones
    SecretFetch(SecretShelf shelf, List<String> names, Peer<DiscoveryResponse> answer) {
        this.shelf = shelf;
        this.names = new LinkedHashSet<>(names.isEmpty() ? shelf.conventional() : names);
        this.answer = answer;
    }

    void start(EventLoop loop) {
        names.forEach(shelf::retain);
        missing = names.size();
        names.forEach(name -> shelf.whenKnown(name, this::known));
        if (names.isEmpty()) {
            finish();
        } else if (!done) {
            limit = loop.schedule(this::finish, LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void known() {
        if (--missing == 0) {
            finish();
        }
    }

    private void finish() {
        if (done) {
            return;
        }
        var found = new ArrayList<SecretResource>();
        var troubles = new ArrayList<String>();
        for (var name : names) {
            var secret = shelf.named(name);
            if (secret != null) {
                found.add(secret);
            } else if (shelf.isExpired(name)) {
                troubles.add(name + ": it has expired and has not been renewed");
            } else if (shelf.isProvided(name)) {
                var trouble = shelf.trouble(name);
                troubles.add(name + ": " + (trouble == null ? "nothing within " + LIMIT_SECONDS + " s" : trouble));
            } else if (!shelf.hasIdentity()) {
                troubles.add(name + ": there is no identity yet");
            }
        }
        end();
        if (found.isEmpty() && (names.isEmpty() || !troubles.isEmpty())) {
            var why = troubles.isEmpty() ? "there is no identity yet" : String.join("; ", troubles);
            answer.end(new CallStatus(CallStatus.UNAVAILABLE, why));
            return;
        }
        answer.send(SotwStream.respond(shelf.version(), "", found));
        answer.end(new CallStatus(CallStatus.OK, ""));
    }

    /// Waits for nothing any more. Idempotent.
    void end() {
        if (done) {
            return;
        }
        done = true;
        if (limit != null) {
            limit.cancel(false);
        }
        names.forEach(shelf::release);
    }
}
