package dev.outrigger.dns;

import dev.outrigger.dns.Nameserver.Surroundings;
import dev.outrigger.dns.Responder.Backend;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/// The parts that answer, put together. Made by the thread that starts the proxy; each part has its loop.
final class Service {
    private final DnsConfig config;
    private final EventLoop loop;
    private final Supplier<Names> names;
    private final Nameservers nameservers;
    private final Upstreams upstreams;
    private final Forwarder forwarder;
    private final Waiting waiting;
    private final Responder responder;
    private final DnsMetrics metrics;
    private final Scratch scratch = new Scratch();
    private final AnswerWriter writer;
    private final Map<EventLoop, UdpListener.Serving> servings = new HashMap<>();

    Service(
            DnsConfig config,
            EventLoop loop,
            ChannelGroup open,
            List<InetSocketAddress> own,
            Supplier<Names> names,
            MeterRegistry registry,
            RandomGenerator random) {
        this.config = config;
        this.loop = loop;
        this.names = names;
        var forwarding = config.forwarding();
        metrics = new DnsMetrics(registry);
        nameservers = new Nameservers(config, own, loop);
        writer = writer();
        var tls = forwarding.tls().mode() == DnsTlsConfig.Mode.OFF ? null : new Tls(forwarding.tls());
        var around = new Surroundings(
                loop, open, scratch, metrics, random, forwarding.attemptTimeout(), forwarding.randomCase());
        upstreams = new Upstreams(nameservers, around, tls);
        waiting = new Waiting(loop, forwarding.attemptTimeout(), this::expired);
        forwarder = new Forwarder(
                loop,
                upstreams,
                new ReplyCache(forwarding.cacheEntries()),
                forwarding.maxStale(),
                waiting,
                writer,
                new QueryLog(config.logEvery()),
                metrics);
        responder = responder(forwarder, writer);
        loop.execute(nameservers::refresh);
    }

    DnsMetrics metrics() {
        return metrics;
    }

    Nameservers nameservers() {
        return nameservers;
    }

    /// Answers on the loop that forwards.
    Responder responder() {
        return responder;
    }

    /// What the UDP sockets of a loop do. On the thread that starts the proxy.
    UdpListener.Serving serving(EventLoop of) {
        return servings.computeIfAbsent(of, this::newServing);
    }

    private UdpListener.Serving newServing(EventLoop of) {
        var answering = of.equals(loop) ? responder : responder(new HandedOver(), writer());
        var batching =
                new Batching(of, task -> Thread.ofVirtual().name("dns-batching").start(task));
        return new UdpListener.Serving(answering, scratch, batching);
    }

    private Responder responder(Backend backend, AnswerWriter with) {
        return new Responder(
                names, config.domain(), nameservers, backend, with, new QueryLog(config.logEvery()), metrics);
    }

    private AnswerWriter writer() {
        return new AnswerWriter(
                (int) config.ttl().toSeconds(),
                new SplittableRandom(loop.ticker().nanoTime()));
    }

    /// Entries of the cache. Any thread; may lag.
    int cacheSize() {
        return forwarder.cacheSize();
    }

    @Nullable
    String lastError() {
        return forwarder.lastError();
    }

    /// The first name table came. On the loop.
    void tableArrived() {
        waiting.release((message, asker) -> responder.onMessage(message, message.length, asker));
    }

    private void expired(Query query, Asker asker) {
        var answer = new byte[Wire.MIN_UDP_BYTES];
        metrics.answered(DnsMetrics.Answer.SERVFAIL);
        asker.answer(answer, writer.error(query, Rcode.SERVFAIL, answer));
    }

    CompletionStage<DnsExplanation> explain(String name, String type, Names now) {
        return Explainer.explain(name, type, now, nameservers, forwarder, config, loop);
    }

    /// On the loop.
    void close() {
        upstreams.close();
    }

    /// What a further loop does with what is not in the table: the loop that forwards answers.
    private final class HandedOver implements Backend {
        @Override
        public int cached(Query query, int limit, byte[] into) {
            return 0;
        }

        @Override
        public void ask(Query query, boolean awaitsTable, Asker asker) {
            var message = Arrays.copyOf(query.message(), query.length());
            loop.execute(() -> responder.onMessage(message, message.length, asker));
        }
    }
}
