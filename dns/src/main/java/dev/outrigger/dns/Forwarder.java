package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.dns.Attempt.Transport;
import dev.outrigger.dns.DnsMetrics.Answer;
import dev.outrigger.dns.DnsMetrics.Failure;
import dev.outrigger.dns.ReplyCache.Kept;
import io.micrometer.core.instrument.Timer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/// Answers what is not ours: from the cache, or by asking the nameservers. Owned by the event loop, but for
/// {@link
/// #lastError}.
///
/// A question that is under way is not asked again; all who ask it meanwhile get the reply. While no
/// nameserver answers, what is kept is given although its time is over (RFC 8767).
final class Forwarder implements Responder.Backend {
    private static final System.Logger log = System.getLogger(Forwarder.class.getName());
    private static final int MAX_UNDER_WAY = 1024;
    private static final int MAX_WAITERS = 256;
    private static final int STALE_TTL_SECONDS = 30;
    private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(30);
    /// Clients that resolve for people give up after two seconds or more (RFC 8767 section 5).
    private static final Duration PATIENCE_OF_CLIENTS = Duration.ofMillis(1800);
    private static final long LOOP_WARNING_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final EventLoop loop;
    private final Upstreams upstreams;
    private final ReplyCache cache;
    private final Waiting waiting;
    private final AnswerWriter writer;
    private final QueryLog queryLog;
    private final DnsMetrics metrics;
    private final long maxStaleNanos;
    private final Map<QuestionKey, Pending> pending = new HashMap<>();
    private final QuestionKey probe = new QuestionKey();
    private final Query again = new Query();
    private final Scratch scratch = new Scratch();
    private long loopToldAt;
    private boolean loopTold;
    private volatile @Nullable String lastError;

    /// @param waiting takes queries for names of ours that no table has told of yet
    /// @param maxStale how long a reply may be given after its time, when no nameserver answers
    Forwarder(
            EventLoop loop,
            Upstreams upstreams,
            ReplyCache cache,
            Duration maxStale,
            Waiting waiting,
            AnswerWriter writer,
            QueryLog queryLog,
            DnsMetrics metrics) {
        this.loop = loop;
        this.upstreams = upstreams;
        this.cache = cache;
        this.maxStaleNanos = maxStale.toNanos();
        this.waiting = waiting;
        this.writer = writer;
        this.queryLog = queryLog;
        this.metrics = metrics;
    }

    @Override
    public int cached(Query query, int limit, byte[] into) {
        if (upstreams.refresh()) {
            cache.clear();
        }
        var kept = cache.find(probe.fill(query, false));
        if (kept == null) {
            return 0;
        }
        long now = loop.ticker().nanoTime();
        if (kept.isFresh(now)) {
            if (kept.isWorthRenewing(now)) {
                renew(query);
            }
            metrics.answered(Answer.CACHED);
            int age = (int) TimeUnit.NANOSECONDS.toSeconds(kept.age(now));
            return kept.reply.write(query, limit, age, Integer.MAX_VALUE, true, into);
        }
        return kept.failedWithin(RECHECK_NANOS, now) && isUsable(kept, now) ? stale(kept, query, limit, into) : 0;
    }

    @Override
    public void ask(Query query, boolean awaitsTable, Asker asker) {
        if (awaitsTable) {
            if (!waiting.add(query, asker)) {
                fail(query, Failure.OVERLOADED, "too many queries wait for the first name table", asker);
            }
            return;
        }
        if (isLoop(query, asker)) {
            error(query, Rcode.REFUSED, asker);
            return;
        }
        var waiter = new Waiter(Arrays.copyOf(query.message(), query.length()), asker, metrics.forwarding());
        var same = pending.get(probe.fill(query, asker.isStream()));
        if (same != null) {
            if (same.waiters.size() < MAX_WAITERS) {
                same.add(waiter);
            } else {
                fail(query, Failure.OVERLOADED, MAX_WAITERS + " clients wait for the same reply", asker);
            }
        } else if (pending.size() >= MAX_UNDER_WAY) {
            fail(query, Failure.OVERLOADED, MAX_UNDER_WAY + " questions are under way", asker);
        } else {
            begin(query, asker.isStream()).add(waiter).start();
        }
    }

    /// Asks although nobody waits, to have the reply before its time is over.
    private void renew(Query query) {
        if (pending.size() < MAX_UNDER_WAY / 2 && !pending.containsKey(probe)) {
            metrics.prefetched();
            begin(query, false).start();
        }
    }

    /// Asks for a person who wants to see how it goes.
    ///
    /// @param listener hears everything, the end included
    void explain(Query query, Exchange.Listener listener) {
        upstreams.refresh();
        if (upstreams.servers().isEmpty()) {
            listener.finished(null, null);
        } else {
            new Exchange(loop, Question.of(query), false, upstreams.inOrder(), listener).start();
        }
    }

    /// What is kept of this question; null when there is nothing.
    @Nullable
    Kept kept(Query query) {
        return cache.find(probe.fill(query, false));
    }

    int cacheSize() {
        return cache.size();
    }

    /// Why forwarding failed last; null when it never did.
    @Nullable
    String lastError() {
        return lastError;
    }

    private Pending begin(Query query, boolean stream) {
        var key = probe.fill(query, stream).copy();
        var begun = new Pending(key, Question.of(query), stream, cache.find(probe.fill(query, false)));
        pending.put(key, begun);
        return begun;
    }

    private boolean isUsable(Kept kept, long now) {
        return kept.staleFor(now) < maxStaleNanos;
    }

    private int stale(Kept kept, Query query, int limit, byte[] into) {
        metrics.answered(Answer.STALE);
        queryLog.answered(query, Answer.STALE);
        return kept.reply.write(query, limit, 0, STALE_TTL_SECONDS, true, into);
    }

    private void fail(Query query, Failure reason, String detail, Asker asker) {
        failed(reason, detail);
        servfail(query, asker);
    }

    private void servfail(Query query, Asker asker) {
        metrics.answered(Answer.SERVFAIL);
        queryLog.answered(query, Answer.SERVFAIL);
        error(query, Rcode.SERVFAIL, asker);
    }

    private void error(Query query, int rcode, Asker asker) {
        var answer = scratch.array();
        asker.answer(answer, writer.error(query, rcode, answer));
    }

    private void failed(Failure reason, String detail) {
        metrics.failed(reason);
        lastError = detail;
        log.log(DEBUG, "DNS forward failed reason={0} detail={1}", reason, detail);
    }

    /// Our own question that came back would be waited for by itself.
    private boolean isLoop(Query query, Asker asker) {
        InetSocketAddress nameserver =
                asker.isStream() ? null : upstreams.askedFrom(asker.sender().getPort(), query);
        if (nameserver == null) {
            return false;
        }
        failed(Failure.LOOP, "nameserver " + AddressText.of(List.of(nameserver)) + " leads back to this agent");
        metrics.answered(Answer.REFUSED);
        long now = loop.ticker().nanoTime();
        if (!loopTold || now - loopToldAt > LOOP_WARNING_NANOS) {
            loopTold = true;
            loopToldAt = now;
            log.log(
                    WARNING,
                    "DNS loop: questions to nameserver={0} come back to this agent; set dns-nameserver, or exempt the"
                            + " agent from the redirection of port 53",
                    AddressText.of(List.of(nameserver)));
        }
        return true;
    }

    /// One client that waits for a reply.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Waiter(byte[] message, Asker asker, Timer.Sample started) {}

    /// One question under way and all who wait for it.
    private final class Pending implements Exchange.Listener {
        private final QuestionKey key;
        private final Question question;
        private final boolean stream;
        private final @Nullable Kept kept;
        private final List<Waiter> waiters = new ArrayList<>(1);
        private @Nullable Future<?> impatience;
        private boolean impatient;

        Pending(QuestionKey key, Question question, boolean stream, @Nullable Kept kept) {
            this.key = key;
            this.question = question;
            this.stream = stream;
            this.kept = kept;
        }

        Pending add(Waiter waiter) {
            waiters.add(waiter);
            if (impatient) {
                answerStale();
            }
            return this;
        }

        void start() {
            if (upstreams.servers().isEmpty()) {
                Forwarder.this.failed(Failure.NO_NAMESERVER, "no nameserver to forward to");
                finished(null, null);
                return;
            }
            if (kept != null && isUsable(kept, loop.ticker().nanoTime())) {
                impatience = loop.schedule(
                        () -> {
                            impatient = true;
                            answerStale();
                        },
                        PATIENCE_OF_CLIENTS.toNanos(),
                        TimeUnit.NANOSECONDS);
            }
            new Exchange(loop, question, stream, upstreams.inOrder(), this).start();
        }

        @Override
        public void asking(Nameserver server, Transport transport) {}

        @Override
        public void failed(Nameserver server, Failure reason, String detail) {
            Forwarder.this.failed(reason, detail);
        }

        @Override
        public void finished(@Nullable Nameserver server, @Nullable Reply reply) {
            pending.remove(key);
            if (impatience != null) {
                impatience.cancel(false);
            }
            long now = loop.ticker().nanoTime();
            if (server != null) {
                upstreams.prefer(server);
            }
            if (server != null && reply != null) {
                keep(reply, now);
                waiters.forEach(waiter -> relay(waiter, reply));
            } else if (kept != null && isUsable(kept, now)) {
                kept.failed(now);
                answerStale();
            } else if (reply != null) {
                waiters.forEach(waiter -> relay(waiter, reply));
            } else {
                waiters.forEach(waiter -> servfail(parsed(waiter), waiter.asker));
            }
        }

        private void keep(Reply reply, long now) {
            int ttl = reply.ttl();
            if (ttl > 0) {
                cache.put(key.unstreamed(), reply, now, TimeUnit.SECONDS.toNanos(ttl));
            }
        }

        private void answerStale() {
            if (kept == null) {
                return;
            }
            for (var waiter : waiters) {
                var query = parsed(waiter);
                var answer = scratch.array();
                waiter.asker.answer(answer, stale(kept, query, waiter.asker.limit(query), answer));
            }
            waiters.clear();
        }

        private void relay(Waiter waiter, Reply reply) {
            var query = parsed(waiter);
            int limit = waiter.asker.limit(query);
            var answer = scratch.array();
            waiter.asker.answer(answer, reply.write(query, limit, 0, Integer.MAX_VALUE, false, answer));
            metrics.forwarded(waiter.started);
            metrics.answered(Answer.FORWARDED);
            queryLog.answered(query, Answer.FORWARDED);
        }

        private Query parsed(Waiter waiter) {
            var _ = again.parse(waiter.message, waiter.message.length);
            return again;
        }
    }
}
