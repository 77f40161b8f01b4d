package dev.outrigger.dns;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.dns.Responder.Names;
import dev.outrigger.health.Condition;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/// A DNS server for this workload, over UDP and TCP: answers the names of the mesh from the table that was
/// published last and forwards all others. All its sockets share one event loop, which owns everything that a
/// query touches.
public final class DnsProxy implements AutoCloseable {
    private static final System.Logger log = System.getLogger(DnsProxy.class.getName());
    private static final int CLOSE_SECONDS = 5;

    private final ChannelGroup open;
    private final List<InetSocketAddress> addresses;
    private final NameTable staticNames;
    private final AtomicReference<Names> names;
    private final Nameservers nameservers;
    private final Forwarder forwarder;
    private final Condition condition;

    private DnsProxy(
            DnsConfig config,
            EventLoop loop,
            ChannelGroup open,
            Listeners listeners,
            NameTable staticNames,
            MeterRegistry registry,
            Condition condition,
            RandomGenerator random) {
        this.open = open;
        this.condition = condition;
        addresses = listeners.addresses();
        this.staticNames = staticNames;
        names = new AtomicReference<>(new Names(staticNames, false, config.tableExpected()));
        nameservers = new Nameservers(config, addresses, loop);
        var metrics = new DnsMetrics(registry, () -> table().size());
        forwarder = new Forwarder(loop, open, nameservers, config.attemptTimeout(), metrics, random);
        var writer = new AnswerWriter((int) config.ttl().toSeconds(), new SplittableRandom(random.nextLong()));
        listeners.serve(new Responder(names::get, config.domain(), nameservers, forwarder, writer, metrics));
    }

    /// Binds every address and serves.
    ///
    /// @param group epoll event loops; one of them gets all the work
    /// @param registry gets the metrics `outrigger.dns.*`
    /// @param condition met while names can be answered: from the first table on, or at once when none is
    ///     expected
    /// @param random for the IDs of forwarded queries, so it should be hard to predict; used from the event
    ///     loop only
    /// @throws IOException when an address cannot be bound; nothing stays open then
    /// @throws IllegalArgumentException when a static name is not a domain name; nothing was opened then
    public static DnsProxy start(
            DnsConfig config, EventLoopGroup group, MeterRegistry registry, Condition condition, RandomGenerator random)
            throws IOException {
        var staticNames = NameTable.of(config.staticNames());
        var loop = group.next();
        var open = new DefaultChannelGroup("dns", loop, true);
        var listeners = new Listeners(loop, open);
        try {
            for (var address : config.addresses()) {
                listeners.bind(address);
            }
        } catch (IOException e) {
            close(open);
            throw e;
        }
        var proxy = new DnsProxy(config, loop, open, listeners, staticNames, registry, condition, random);
        loop.execute(proxy.nameservers::refresh);
        proxy.report();
        log.log(INFO, "DNS serving addresses={0}", AddressText.of(proxy.addresses));
        return proxy;
    }

    /// Answers from this table from now on. Any thread; queries are never held up.
    public void publish(NameTable table) {
        names.set(new Names(table.with(staticNames), true, false));
        if (table.ignored() > 0) {
            log.log(WARNING, "DNS table has unusable entries ignored={0}", String.valueOf(table.ignored()));
        }
        report();
    }

    /// What is answered now: the table published last with the static names, which win.
    public NameTable table() {
        return names.get().table();
    }

    /// Never blocks.
    public DnsStatus status() {
        var now = names.get();
        return new DnsStatus(
                addresses, now.received(), now.table().size(), nameservers.usable(), forwarder.lastError());
    }

    /// Where it listens, with the real ports; UDP and TCP on each.
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    /// Closes all sockets; queries under way get no answer. Waits up to 5 s.
    @Override
    public void close() {
        close(open);
    }

    private static void close(ChannelGroup open) {
        var _ = open.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
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
