package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.TextParseException;

/// Where to forward to, and the search domains, as the configuration and the current `resolv.conf` say.
///
/// The event loop that forwards owns {@link #refresh}; the others read. The file is looked at on that loop,
/// when a query comes and at most once in {@link #CHECK_NANOS}: it is short and local, and a `stat` costs
/// less than a timer that polls.
final class Nameservers {
    static final int PORT = 53;

    private static final System.Logger log = System.getLogger(Nameservers.class.getName());
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DnsConfig.Forwarding forwarding;
    private final List<InetSocketAddress> own;
    private final EventLoop loop;
    private @Nullable Version read;
    private boolean checked;
    private long checkedAt;
    private boolean unreadable;
    private volatile List<byte[]> searchDomains;
    private volatile List<InetSocketAddress> usable = List.of();

    /// Tells one content of the file from another.
    private record Version(
            FileTime modified, long size, @Nullable Object file) {
        // By hand, because what the JVM makes for a record is made anew in each start.
        boolean isSameAs(Version other) {
            return modified.equals(other.modified) && size == other.size && Objects.equals(file, other.file);
        }
    }

    /// @param own where this agent listens: forwarding there would never end
    Nameservers(DnsConfig config, List<InetSocketAddress> own, EventLoop loop) {
        this.forwarding = config.forwarding();
        this.own = List.copyOf(own);
        this.loop = loop;
        this.searchDomains = domains(List.of(config.domain().searchDomain()));
        use(ResolvConf.EMPTY);
    }

    /// Looks whether the file has changed, unless that was done a moment ago or another loop does it.
    void refresh() {
        if (!loop.inEventLoop()) {
            return;
        }
        long now = loop.ticker().nanoTime();
        if (checked && now - checkedAt < CHECK_NANOS) {
            return;
        }
        checked = true;
        checkedAt = now;
        try {
            var file = Files.readAttributes(forwarding.resolvConf(), BasicFileAttributes.class);
            var version = new Version(file.lastModifiedTime(), file.size(), file.fileKey());
            if (read == null || !version.isSameAs(read)) {
                use(ResolvConf.parse(Files.readAllLines(forwarding.resolvConf())));
                read = version;
                log.log(
                        INFO,
                        "DNS forwards to nameservers={0} resolv_conf={1}",
                        AddressText.of(usable),
                        forwarding.resolvConf());
            }
            unreadable = false;
        } catch (IOException e) {
            unreadable(e);
        }
    }

    /// Where to forward to, best first; empty when there is nowhere. Any thread.
    List<InetSocketAddress> usable() {
        return usable;
    }

    /// Lower-case labels in wire form without the root, in the file's order. Any thread.
    List<byte[]> searchDomains() {
        return searchDomains;
    }

    private void use(ResolvConf file) {
        var wanted = forwarding.nameservers().isEmpty() ? file.nameservers() : forwarding.nameservers();
        usable = wanted.stream().filter(server -> !isOurselves(server)).toList();
        if (!file.searchDomains().isEmpty()) {
            searchDomains = domains(file.searchDomains());
        }
        if (usable.size() < wanted.size()) {
            log.log(
                    WARNING,
                    "DNS skips nameservers that are this agent itself nameservers={0} own={1}",
                    AddressText.of(wanted),
                    AddressText.of(own));
        }
    }

    private boolean isOurselves(InetSocketAddress server) {
        return own.stream()
                .anyMatch(address -> address.getPort() == server.getPort()
                        && (address.getAddress().equals(server.getAddress())
                                || (address.getAddress().isAnyLocalAddress()
                                        && server.getAddress().isLoopbackAddress())));
    }

    private void unreadable(IOException cause) {
        if (!unreadable) {
            log.log(
                    forwarding.nameservers().isEmpty() ? WARNING : DEBUG,
                    "DNS cannot read resolv_conf={0} cause={1}; forwarding to nameservers={2}",
                    forwarding.resolvConf(),
                    cause,
                    AddressText.of(usable));
        }
        unreadable = true;
    }

    private static List<byte[]> domains(List<String> names) {
        return names.stream()
                .map(Nameservers::labels)
                .filter(labels -> labels.length > 0)
                .toList();
    }

    /// A domain's lower-case labels in wire form without the root; none when it is empty or no domain name.
    static byte[] labels(String domain) {
        try {
            return domain.isEmpty() || domain.equals(".") ? new byte[0] : NameEntry.labels(domain);
        } catch (TextParseException e) {
            log.log(WARNING, "DNS ignores a domain that is no domain name domain={0}", domain);
            return new byte[0];
        }
    }
}
