package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;

import dev.outrigger.dns.DnsMetrics.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Asks nameservers, one after the other, until one answers.
///
/// A server that is silent, unreachable, or says SERVFAIL or REFUSED makes room for the next; the one that
/// answered last is asked first, so a dead one costs its timeout once. A lone server is asked twice, for a
/// lost datagram. A truncated reply is asked for again over TCP. Owned by the event loop, but for {@link
/// #lastError}.
final class Forwarder {
    private static final System.Logger log = System.getLogger(Forwarder.class.getName());
    private static final int MAX_IN_FLIGHT = 1024;
    private static final int RCODE_SERVFAIL = 2;
    private static final int RCODE_REFUSED = 5;

    private final EventLoop loop;
    private final ChannelGroup open;
    private final Nameservers nameservers;
    private final Duration patience;
    private final DnsMetrics metrics;
    private final RandomGenerator random;
    private int inFlight;
    private int preferred;
    private volatile @Nullable String lastError;

    /// @param open gets each socket, so that its owner can close them; once it closes those, nothing is asked
    ///     any more
    Forwarder(
            EventLoop loop,
            ChannelGroup open,
            Nameservers nameservers,
            Duration patience,
            DnsMetrics metrics,
            RandomGenerator random) {
        this.loop = loop;
        this.open = open;
        this.nameservers = nameservers;
        this.patience = patience;
        this.metrics = metrics;
        this.random = random;
    }

    /// Forwards a query.
    ///
    /// @param message the query, not kept
    /// @param end where its question ends
    /// @param tcp over TCP from the start
    /// @param done called once on the loop: the reply with an ID that is not the client's, or nothing when no
    ///     nameserver answered
    void forward(ByteBuf message, int end, boolean tcp, Consumer<Optional<ByteBuf>> done) {
        var servers = nameservers.usable();
        if (servers.isEmpty()) {
            failed(Failure.NO_NAMESERVER, "no nameserver to forward to");
            done.accept(Optional.empty());
        } else if (inFlight >= MAX_IN_FLIGHT) {
            failed(Failure.OVERLOADED, MAX_IN_FLIGHT + " queries are under way");
            done.accept(Optional.empty());
        } else {
            inFlight++;
            var question = Question.of(message, end, random.nextInt(1 << 16));
            new Exchange(question, servers, preferred, done).ask(0, tcp);
        }
    }

    /// Why forwarding failed last; null when it never did.
    @Nullable
    String lastError() {
        return lastError;
    }

    private void failed(Failure reason, String detail) {
        metrics.failed(reason);
        lastError = detail;
        log.log(DEBUG, "DNS forward failed reason={0} detail={1}", reason, detail);
    }

    /// One client's query on its way.
    private final class Exchange {
        private final Question question;
        private final List<InetSocketAddress> servers;
        private final int first;
        private final Consumer<Optional<ByteBuf>> done;
        private @Nullable ByteBuf secondBest;

        Exchange(Question question, List<InetSocketAddress> servers, int first, Consumer<Optional<ByteBuf>> done) {
            this.question = question;
            this.servers = servers;
            this.first = first;
            this.done = done;
        }

        void ask(int attempt, boolean tcp) {
            var target = new Attempt.Target(servers.get(index(attempt)), tcp, patience);
            Attempt.start(loop, open, target, question, outcome -> {
                switch (outcome) {
                    case Attempt.Outcome.Replied(var reply) -> replied(attempt, tcp, reply, target);
                    case Attempt.Outcome.Failed(var reason, var detail) -> {
                        failed(reason, detail);
                        next(attempt, tcp, reason);
                    }
                }
            });
        }

        private void replied(int attempt, boolean tcp, ByteBuf reply, Attempt.Target target) {
            int flags = reply.getUnsignedShort(2);
            int rcode = flags & 0xF;
            if (rcode == RCODE_SERVFAIL || rcode == RCODE_REFUSED) {
                var reason = rcode == RCODE_SERVFAIL ? Failure.SERVFAIL : Failure.REFUSED;
                secondBest = secondBest == null ? reply : secondBest;
                failed(reason, target + ": " + reason);
                next(attempt, tcp, reason);
            } else if (!tcp && (flags & Query.FLAG_TRUNCATED) != 0) {
                secondBest = reply;
                ask(attempt, true);
            } else {
                preferred = index(attempt);
                finish(reply);
            }
        }

        private void next(int attempt, boolean tcp, Failure reason) {
            int next = attempt + 1;
            boolean again = servers.size() == 1 && attempt == 0 && reason == Failure.TIMEOUT;
            boolean truncatedIsAllWeHave =
                    secondBest != null && (secondBest.getUnsignedShort(2) & Query.FLAG_TRUNCATED) != 0;
            if (!truncatedIsAllWeHave && (next < servers.size() || again)) {
                ask(next, tcp);
            } else {
                finish(secondBest);
            }
        }

        private int index(int attempt) {
            return (first + attempt) % servers.size();
        }

        private void finish(@Nullable ByteBuf reply) {
            inFlight--;
            done.accept(Optional.ofNullable(reply));
        }
    }
}
