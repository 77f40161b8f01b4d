package dev.outrigger.dns;

import dev.outrigger.dns.Nameserver.Surroundings;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The nameservers as they are now, the one that answered last first. Owned by the event loop.
final class Upstreams {
    private final Nameservers nameservers;
    private final Surroundings around;
    private final @Nullable Tls tls;
    private List<InetSocketAddress> addresses = List.of();
    private List<Nameserver> servers = List.of();
    private int preferred;

    /// @param tls null when they are asked in plain text
    Upstreams(Nameservers nameservers, Surroundings around, @Nullable Tls tls) {
        this.nameservers = nameservers;
        this.around = around;
        this.tls = tls;
    }

    /// Takes over what `resolv.conf` says now.
    ///
    /// @return whether the nameservers are others than before
    boolean refresh() {
        var wanted = nameservers.usable();
        if (wanted.equals(addresses)) {
            return false;
        }
        var known = new HashMap<InetSocketAddress, Nameserver>();
        servers.forEach(server -> known.put(server.address(), server));
        var next = new ArrayList<Nameserver>();
        for (var address : wanted) {
            var same = known.remove(address);
            next.add(same != null ? same : new Nameserver(address, around, tls));
        }
        known.values().forEach(Nameserver::retire);
        addresses = wanted;
        servers = List.copyOf(next);
        preferred = 0;
        return true;
    }

    /// As `resolv.conf` orders them.
    List<Nameserver> servers() {
        return servers;
    }

    /// Beginning with the preferred one.
    List<Nameserver> inOrder() {
        if (preferred == 0) {
            return servers;
        }
        var order = new ArrayList<>(servers.subList(preferred, servers.size()));
        order.addAll(servers.subList(0, preferred));
        return order;
    }

    /// It answered: so a dead one costs its time once.
    void prefer(Nameserver server) {
        preferred = Math.max(0, servers.indexOf(server));
    }

    /// The nameserver that this very question was sent to from this port; null when it was not.
    @Nullable
    InetSocketAddress askedFrom(int port, Query query) {
        for (var server : servers) {
            if (server.isOwnQuestion(port, query.id(), query)) {
                return server.address();
            }
        }
        return null;
    }

    void close() {
        servers.forEach(Nameserver::close);
    }
}
