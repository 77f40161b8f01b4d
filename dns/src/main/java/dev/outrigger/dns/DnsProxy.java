package dev.outrigger.dns;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.Condition;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/// A DNS server for this workload, over UDP and TCP: answers the names of the mesh from the table that was
/// published last and forwards all others.
///
/// One event loop owns whatever is forwarded; others, when there are several UDP sockets, answer from the
/// table and hand the rest to it.
public final class DnsProxy implements AutoCloseable {
    private static final System.Logger log = System.getLogger(DnsProxy.class.getName());
    private static final int CLOSE_SECONDS = 5;

    private final EventLoop loop;
    private final ChannelGroup open;
    private final Listeners listeners;
    private final List<InetSocketAddress> addresses;
    private final NameTable staticNames;
    private final AtomicReference<Names> names;
    private final Service service;
    private final InstantSource clock;
    private final Condition condition;

    private DnsProxy(
            DnsConfig config,
            EventLoop loop,
            ChannelGroup open,
            Listeners listeners,
            MeterRegistry registry,
            Condition condition,
            InstantSource clock,
            RandomGenerator random) {
        this.loop = loop;
        this.open = open;
        this.listeners = listeners;
        this.condition = condition;
        this.clock = clock;
        addresses = listeners.addresses();
        staticNames = NameTable.of(config.staticNames());
        names = new AtomicReference<>(new Names(
                NameTable.empty(config.domain()), staticNames, null, config.tableExpected(), config.waitsForTable()));
        service = new Service(config, loop, open, addresses, names::get, registry, random);
        service.metrics().showing(() -> names.get().table().size(), this::tableAge, service::cacheSize);
        listeners.serve(service.responder(), service::serving);
    }

    /// Binds every address and serves.
    ///
    /// @param group epoll event loops; one of them gets all the work but that of further UDP sockets
    /// @param registry gets the metrics `outrigger.dns.*`
    /// @param condition met while names can be answered: from the first table on, or at once when none is
    ///     expected
    /// @param random for the IDs of forwarded queries, so it must be hard to predict, as {@link Unpredictable}
    ///     is; used from the event loop only
    /// @throws IOException when an address cannot be bound; nothing stays open then
    public static DnsProxy start(
            DnsConfig config,
            EventLoopGroup group,
            MeterRegistry registry,
            Condition condition,
            InstantSource clock,
            RandomGenerator random)
            throws IOException {
        var loops = Loops.of(group, config.listening().udpSockets());
        var loop = loops.getFirst();
        var open = new DefaultChannelGroup("dns", loop, true);
        var listeners = new Listeners(loops, new TcpListener(loop, open, config.listening()));
        try {
            for (var address : config.listening().addresses()) {
                listeners.bind(address);
            }
        } catch (IOException e) {
            close(listeners, open);
            throw e;
        }
        var proxy = new DnsProxy(config, loop, open, listeners, registry, condition, clock, random);
        proxy.report();
        log.log(INFO, "DNS serving addresses={0}", AddressText.of(proxy.addresses));
        return proxy;
    }

    /// Answers from this table from now on. Queries are never held up, and those that waited for the first
    /// table are answered. Any thread, but one at a time.
    public void publish(NameTable table) {
        var merged = table.with(staticNames);
        names.set(new Names(table, merged, clock.instant(), false, false));
        if (table.ignored() > 0) {
            log.log(WARNING, "DNS table has unusable entries ignored={0}", String.valueOf(table.ignored()));
        }
        loop.execute(service::tableArrived);
        report();
    }

    /// Answers from the table that was pushed after the last one. Reading it costs a time that depends on
    /// what changed. Any thread, but one at a time.
    ///
    /// @param protobuf a message `istio.networking.nds.v1.NameTable`, which is kept: do not change it
    /// @throws MalformedNameTableException when it is none; the last table stays
    public void publish(byte[] protobuf) throws MalformedNameTableException {
        publish(names.get().pushed().next(protobuf));
    }

    /// What is answered now: the table published last with the static names, which win.
    public NameTable table() {
        return names.get().table();
    }

    /// Never blocks.
    public DnsStatus status() {
        var now = names.get();
        return new DnsStatus(
                addresses,
                now.receivedAt() != null,
                now.table().size(),
                service.nameservers().usable(),
                service.cacheSize(),
                service.lastError());
    }

    /// Looks a name up as a client would, and tells every step. Any thread; the answer comes on an event
    /// loop, after as long as forwarding may take.
    ///
    /// @param name with or without the dot at its end
    /// @param type as written in a zone, for example `AAAA`
    /// @throws IllegalArgumentException when the name is no domain name or there is no such type
    public CompletionStage<DnsExplanation> explain(String name, String type) {
        return service.explain(name, type, names.get());
    }

    /// Takes a query that came on another way than its sockets, and waits until it has been looked at.
    void receive(byte[] message, Asker asker) {
        var _ = loop.submit(() -> service.responder().onMessage(message, message.length, asker))
                .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    /// Where it listens, with the real ports; UDP and TCP on each.
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    /// Closes all sockets; queries under way get no answer. Waits up to 10 s.
    @Override
    public void close() {
        if (!loop.isShuttingDown()) {
            var _ = loop.submit(service::close).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        }
        close(listeners, open);
    }

    private static void close(Listeners listeners, ChannelGroup open) {
        listeners.close(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        var _ = open.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    private double tableAge() {
        var at = names.get().receivedAt();
        return at == null ? Double.NaN : Duration.between(at, clock.instant()).toMillis() / 1e3;
    }

    private void report() {
        var now = names.get();
        if (now.awaited()) {
            condition.unmet("waiting for the first name table");
        } else {
            condition.met(now.table().size() + " names");
        }
    }
}
