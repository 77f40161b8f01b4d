package dev.outrigger.dns;

import dev.outrigger.dns.Attempt.Outcome;
import dev.outrigger.dns.Attempt.Transport;
import dev.outrigger.dns.DnsMetrics.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One question on its way to the nameservers, until one answers or all have failed. Owned by the event
/// loop.
///
/// They are asked one after the other; the next one also when the one before takes longer than it usually
/// does. The first proper reply wins. A truncated one is asked for again over TCP; one that does not know
/// EDNS is asked again without.
final class Exchange {
    private final EventLoop loop;
    private final Question question;
    private final boolean stream;
    private final List<Nameserver> plan;
    private final Listener listener;
    private final List<Attempt> underWay = new ArrayList<>();
    private int asked;
    private @Nullable Future<?> hedge;
    private @Nullable Reply secondBest;
    private boolean finished;

    /// Hears how it goes.
    interface Listener {
        /// A nameserver is asked.
        void asking(Nameserver server, Transport transport);

        /// One try did not end in a usable reply.
        void failed(Nameserver server, Failure reason, String detail);

        /// The end, once.
        ///
        /// @param server who answered; null when all failed
        /// @param reply what it said, or what the best of those said that failed; null when there is none
        void finished(@Nullable Nameserver server, @Nullable Reply reply);
    }

    /// @param servers best first; not empty. A lone one is asked twice, for a lost datagram
    /// @param stream over TCP from the start, unless over TLS
    Exchange(EventLoop loop, Question question, boolean stream, List<Nameserver> servers, Listener listener) {
        this.loop = loop;
        this.question = question;
        this.stream = stream;
        this.plan = servers.size() == 1 ? List.of(servers.getFirst(), servers.getFirst()) : servers;
        this.listener = listener;
    }

    void start() {
        askNext();
    }

    private void askNext() {
        var server = plan.get(asked++);
        var transport = server.usualTransport();
        if (asked < plan.size()) {
            long nanos = server.hedgeAfter().toNanos();
            hedge = loop.schedule(this::hedge, nanos, TimeUnit.NANOSECONDS);
        }
        ask(server, stream && transport == Transport.UDP ? Transport.TCP : transport, question);
    }

    private void hedge() {
        if (!finished && asked < plan.size()) {
            askNext();
        }
    }

    private void ask(Nameserver server, Transport transport, Question wanted) {
        listener.asking(server, transport);
        var made = new Attempt[1];
        made[0] = server.ask(wanted, transport, outcome -> {
            underWay.remove(made[0]);
            ended(server, transport, wanted, outcome);
        });
        if (!finished && !made[0].isFinished()) {
            underWay.add(made[0]);
        }
    }

    private void ended(Nameserver server, Transport transport, Question wanted, Outcome outcome) {
        if (finished) {
            return;
        }
        switch (outcome) {
            case Outcome.Replied(var reply) -> replied(server, transport, reply);
            case Outcome.NeedsPlain() -> ask(server, transport, wanted.plain());
            case Outcome.Failed(var reason, var detail) -> {
                listener.failed(server, reason, detail);
                if (transport == Transport.TLS && server.mayFallBack()) {
                    server.fellBack();
                    ask(server, stream ? Transport.TCP : Transport.UDP, wanted);
                } else {
                    next(reason);
                }
            }
        }
    }

    private void replied(Nameserver server, Transport transport, Reply reply) {
        if (reply.rcode() == Reply.SERVFAIL || reply.rcode() == Reply.REFUSED) {
            var reason = reply.rcode() == Reply.SERVFAIL ? Failure.SERVFAIL : Failure.REFUSED;
            secondBest = secondBest == null ? reply : secondBest;
            listener.failed(server, reason, AddressText.of(List.of(server.address())) + ": " + reason);
            next(reason);
        } else if (transport == Transport.UDP && reply.truncated()) {
            secondBest = reply;
            ask(server, Transport.TCP, question);
        } else {
            finish(server, reply);
        }
    }

    private void next(Failure reason) {
        boolean lone = plan.size() == 2 && plan.getFirst() == plan.getLast();
        boolean pointless = lone && (reason == Failure.SERVFAIL || reason == Failure.REFUSED);
        if (asked < plan.size() && !pointless) {
            if (hedge != null) {
                hedge.cancel(false);
            }
            askNext();
        } else if (underWay.isEmpty()) {
            finish(null, secondBest);
        }
    }

    private void finish(@Nullable Nameserver server, @Nullable Reply reply) {
        finished = true;
        if (hedge != null) {
            hedge.cancel(false);
        }
        underWay.forEach(Attempt::cancel);
        listener.finished(server, reply);
    }
}
