package dev.outrigger.dns;

import dev.outrigger.dns.DnsMetrics.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One question to one nameserver, from when it is sent until a reply or a reason why there is none. Owned
/// by the event loop.
final class Attempt {
    final Question question;
    private final Target target;
    private final Consumer<Outcome> done;
    private @Nullable Future<?> timeout;
    private @Nullable Runnable release;
    private boolean finished;
    private boolean timedOut;

    /// Where to ask and how long to wait.
    record Target(InetSocketAddress server, Transport transport, Duration patience) {
        @Override
        public String toString() {
            return AddressText.of(java.util.List.of(server)) + " ("
                    + transport.name().toLowerCase(java.util.Locale.ROOT) + ")";
        }
    }

    /// How a nameserver is asked.
    enum Transport {
        UDP,
        TCP,
        TLS
    }

    /// How an attempt ended.
    sealed interface Outcome {
        record Replied(Reply reply) implements Outcome {}

        /// The server answers, but does not know EDNS.
        record NeedsPlain() implements Outcome {}

        record Failed(Failure reason, String detail) implements Outcome {}
    }

    /// @param question with the ID with which it is sent
    /// @param done hears the outcome once
    Attempt(Question question, Target target, Consumer<Outcome> done) {
        this.question = question;
        this.target = target;
        this.done = done;
    }

    /// Begins to wait.
    ///
    /// @param release called once, when it has ended: nobody waits for the ID any more
    void await(EventLoop loop, Runnable release) {
        this.release = release;
        timeout = loop.schedule(
                () -> {
                    timedOut = true;
                    fail(Failure.TIMEOUT, "no reply within " + target.patience());
                },
                target.patience().toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /// Takes a message that has this attempt's ID.
    ///
    /// @return whether it was meant for it; otherwise it may be forged, and the true one may still come
    boolean receive(byte[] message, int length) {
        switch (question.match(message, length)) {
            case FOREIGN -> {
                return false;
            }
            case ERROR -> errorWithoutQuestion(message[3] & 0xF);
            case REPLY -> {
                var reply = Reply.read(message, length);
                if (reply == null) {
                    fail(Failure.GARBLED, "reply that is no DNS message");
                } else if (question.edns() && (reply.rcode() == Reply.FORMERR || reply.rcode() == Reply.NOTIMP)) {
                    finish(new Outcome.NeedsPlain());
                } else {
                    finish(new Outcome.Replied(reply));
                }
            }
        }
        return true;
    }

    private void errorWithoutQuestion(int rcode) {
        if (question.edns() && (rcode == Reply.FORMERR || rcode == Reply.NOTIMP)) {
            finish(new Outcome.NeedsPlain());
        } else {
            fail(Failure.GARBLED, "error " + rcode + " without the question");
        }
    }

    /// Whether a query asks the same name and type.
    boolean isQuestionOf(Query query) {
        return question.isOf(query);
    }

    void fail(Failure reason, String detail) {
        finish(new Outcome.Failed(reason, target + ": " + detail));
    }

    boolean isFinished() {
        return finished;
    }

    /// Whether it ended because nothing came in time.
    boolean isTimedOut() {
        return timedOut;
    }

    /// Nobody wants the outcome any more.
    void cancel() {
        close();
    }

    private void finish(Outcome outcome) {
        if (close()) {
            done.accept(outcome);
        }
    }

    private boolean close() {
        if (finished) {
            return false;
        }
        finished = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (release != null) {
            release.run();
        }
        return true;
    }
}
