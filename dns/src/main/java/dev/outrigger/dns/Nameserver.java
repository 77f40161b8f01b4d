package dev.outrigger.dns;

import dev.outrigger.dns.Attempt.Outcome;
import dev.outrigger.dns.Attempt.Target;
import dev.outrigger.dns.Attempt.Transport;
import dev.outrigger.dns.DnsMetrics.Failure;
import dev.outrigger.h2.SocketErrors;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One nameserver and the sockets to it. Owned by the event loop.
///
/// Datagrams leave from up to {@link #SOCKETS} sockets, one of them chosen at random for each question, and
/// a socket is replaced by one of another port after {@link #QUESTIONS_PER_SOCKET} questions: who wants to
/// forge a reply must guess port and ID (RFC 5452).
final class Nameserver {
    private static final int SOCKETS = 16;
    private static final int QUESTIONS_PER_SOCKET = 2048;
    private static final int IDLE_SECONDS = 30;
    private static final long PLAIN_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final Duration UNKNOWN = Duration.ZERO;

    private final InetSocketAddress address;
    private final Surroundings around;
    private final @Nullable Tls tls;
    private final @Nullable UdpUpstream[] sockets = new UdpUpstream[SOCKETS];
    private final List<UdpUpstream> retired = new ArrayList<>();
    private @Nullable StreamUpstream stream;
    private @Nullable StreamUpstream secure;
    private Duration usual = UNKNOWN;
    private boolean withoutEdns;
    private long withoutEdnsSince;
    private boolean fellBack;
    private long fellBackAt;
    private boolean sweeping;
    private boolean askedSinceSweep;

    /// What all nameservers share.
    record Surroundings(
            EventLoop loop,
            ChannelGroup open,
            Scratch scratch,
            DnsMetrics metrics,
            RandomGenerator random,
            Duration patience,
            boolean randomCase) {}

    /// @param tls null when it is asked in plain text
    Nameserver(InetSocketAddress address, Surroundings around, @Nullable Tls tls) {
        this.address = address;
        this.around = around;
        this.tls = tls;
    }

    InetSocketAddress address() {
        return address;
    }

    /// How it is asked unless somebody insists on TCP.
    Transport usualTransport() {
        return tls == null || (fellBack && now() - fellBackAt < PLAIN_NANOS) ? Transport.UDP : Transport.TLS;
    }

    /// TLS failed where plain text will do: for a while it is not tried again.
    void fellBack() {
        fellBack = true;
        fellBackAt = now();
    }

    private long now() {
        return around.loop().ticker().nanoTime();
    }

    /// A server that did not know EDNS is asked without for a while; it may be replaced by one that does.
    private boolean isPlain() {
        return withoutEdns && now() - withoutEdnsSince < PLAIN_NANOS;
    }

    /// Whether plain text will do when TLS fails.
    boolean mayFallBack() {
        return tls != null && !tls.config().isVerified();
    }

    /// How long to wait before another server is asked too: a few times what its replies take.
    Duration hedgeAfter() {
        var most = Duration.ofNanos(around.patience().toNanos() / 4);
        if (usual.equals(UNKNOWN)) {
            return most;
        }
        var wanted = Duration.ofNanos(usual.toNanos() * 4).plusMillis(50);
        return wanted.compareTo(most) < 0 ? wanted : most;
    }

    /// Asks. The outcome comes once, on the loop, unless the attempt is cancelled.
    Attempt ask(Question question, Transport transport, Consumer<Outcome> done) {
        var target = new Target(address(transport), transport, around.patience());
        long started = now();
        var wanted = isPlain() ? question.plain() : question;
        var sending = new Sending(wanted, target, started, done);
        askedSinceSweep = true;
        try {
            switch (transport) {
                case UDP -> socket().ask(sending, around.random());
                case TCP -> stream(null).ask(sending, around.random());
                case TLS -> stream(tls).ask(sending, around.random());
            }
        } catch (IOException e) {
            sending.apply(0).fail(Failure.UNREACHABLE, SocketErrors.text(e));
        }
        return sending.attempt();
    }

    /// A question that gets its ID from the socket it is sent on.
    private final class Sending implements IntFunction<Attempt> {
        private final Question question;
        private final Target target;
        private final long started;
        private final Consumer<Outcome> done;
        private @Nullable Attempt attempt;

        Sending(Question question, Target target, long started, Consumer<Outcome> done) {
            this.question = question;
            this.target = target;
            this.started = started;
            this.done = done;
        }

        @Override
        public Attempt apply(int id) {
            var asked = question.with(id, around.randomCase(), around.random());
            var made = new Attempt(asked, target, outcome -> {
                learn(asked, outcome, started);
                done.accept(outcome);
            });
            attempt = made;
            return made;
        }

        Attempt attempt() {
            if (attempt == null) {
                throw new IllegalStateException("nothing was sent");
            }
            return attempt;
        }
    }

    /// Whether a question that came from this port is one of ours that came back.
    boolean isOwnQuestion(int port, int id, Query query) {
        for (var socket : sockets) {
            if (socket != null && socket.localPort() == port) {
                var attempt = socket.waiting(id);
                return attempt != null && attempt.isQuestionOf(query);
            }
        }
        return false;
    }

    /// Asks no more; what is under way may end.
    void retire() {
        for (int i = 0; i < SOCKETS; i++) {
            retire(i);
        }
        if (stream != null) {
            stream.retire();
        }
        if (secure != null) {
            secure.retire();
        }
    }

    /// Closes all sockets; nobody who waits is told.
    void close() {
        for (var socket : sockets) {
            if (socket != null) {
                socket.close();
            }
        }
        retired.forEach(UdpUpstream::close);
    }

    private InetSocketAddress address(Transport transport) {
        return transport == Transport.TLS && tls != null && address.getPort() == Nameservers.PORT
                ? new InetSocketAddress(address.getAddress(), tls.config().port())
                : address;
    }

    private void learn(Question asked, Outcome outcome, long started) {
        switch (outcome) {
            case Outcome.NeedsPlain() -> {}
            case Outcome.Replied(var reply) -> {
                learnEdns(asked, reply);
                var took = Duration.ofNanos(now() - started);
                around.metrics().upstreamAnswered(took);
                usual = usual.equals(UNKNOWN) ? took : Duration.ofNanos((usual.toNanos() * 7 + took.toNanos()) / 8);
            }
            case Outcome.Failed _ -> {}
        }
    }

    /// Some refuse a question with the same codes, with EDNS or without: that tells nothing.
    private void learnEdns(Question asked, Reply reply) {
        boolean refused = reply.rcode() == Reply.FORMERR || reply.rcode() == Reply.NOTIMP;
        if (!asked.edns() && !refused && !isPlain()) {
            withoutEdns = true;
            withoutEdnsSince = now();
        }
    }

    private UdpUpstream socket() throws IOException {
        int index = around.random().nextInt(SOCKETS);
        var socket = sockets[index];
        if (socket != null && (!socket.isOpen() || socket.asked() >= QUESTIONS_PER_SOCKET)) {
            retire(index);
            socket = null;
        }
        if (socket == null) {
            socket = UdpUpstream.connect(around.loop(), address, around.scratch(), around.metrics());
            sockets[index] = socket;
            sweepLater();
        }
        return socket;
    }

    private StreamUpstream stream(@Nullable Tls with) {
        var current = with == null ? stream : secure;
        if (current == null || !current.isUsable()) {
            // Kept before it connects: that it fails may be heard at once.
            current = new StreamUpstream(around, address(with == null ? Transport.TCP : Transport.TLS), with);
            if (with == null) {
                stream = current;
            } else {
                secure = current;
            }
            current.connect();
        }
        return current;
    }

    private void retire(int index) {
        var socket = sockets[index];
        sockets[index] = null;
        if (socket == null) {
            return;
        }
        if (socket.isIdle()) {
            socket.close();
        } else {
            retired.add(socket);
            sweepLater();
        }
    }

    private void sweepLater() {
        if (!sweeping) {
            sweeping = true;
            var _ = around.loop().schedule(this::sweep, IDLE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /// Closes sockets that were replaced and, when nothing was asked for a while, all.
    private void sweep() {
        sweeping = false;
        retired.forEach(UdpUpstream::close); // by now whatever waited there has run out of patience
        retired.clear();
        if (askedSinceSweep) {
            askedSinceSweep = false;
            sweepLater();
            return;
        }
        for (int i = 0; i < SOCKETS; i++) {
            retire(i);
        }
    }
}
