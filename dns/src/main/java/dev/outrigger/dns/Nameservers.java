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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/// Where to forward to, and the search domain, as the configuration and the current `resolv.conf` say.
///
/// Owned by the event loop; {@link #usable} may be read by anybody. The file is looked at on the loop, when a
/// query needs it and at most once in {@link #CHECK_SECONDS}: it is short and local, and a `stat` costs less
/// than a timer that polls.
final class Nameservers {
    private static final System.Logger log = System.getLogger(Nameservers.class.getName());
    private static final int CHECK_SECONDS = 5;

    private final DnsConfig config;
    private final List<InetSocketAddress> own;
    private final EventLoop loop;
    private @Nullable Version read;
    private boolean checked;
    private boolean unreadable;
    private byte[] searchDomain;
    private volatile List<InetSocketAddress> usable = List.of();

    /// Tells one content of the file from another.
    private record Version(
            FileTime modified, long size, @Nullable Object file) {}

    /// @param own where this agent listens: forwarding there would never end
    Nameservers(DnsConfig config, List<InetSocketAddress> own, EventLoop loop) {
        this.config = config;
        this.own = List.copyOf(own);
        this.loop = loop;
        this.searchDomain = labels(config.domain().searchDomain());
        use(ResolvConf.EMPTY);
    }

    /// Looks whether the file has changed, unless that was done a moment ago.
    void refresh() {
        if (checked) {
            return;
        }
        checked = true;
        var _ = loop.schedule(() -> checked = false, CHECK_SECONDS, TimeUnit.SECONDS);
        try {
            var file = Files.readAttributes(config.resolvConf(), BasicFileAttributes.class);
            var version = new Version(file.lastModifiedTime(), file.size(), file.fileKey());
            if (!version.equals(read)) {
                use(ResolvConf.parse(Files.readAllLines(config.resolvConf())));
                read = version;
                log.log(
                        INFO,
                        "DNS forwards to nameservers={0} resolv_conf={1}",
                        AddressText.of(usable),
                        config.resolvConf());
            }
            unreadable = false;
        } catch (IOException e) {
            unreadable(e);
        }
    }

    /// Where to forward to, best first; empty when there is nowhere.
    List<InetSocketAddress> usable() {
        return usable;
    }

    /// Lower-case labels in wire form without the root; empty when there is none.
    byte[] searchDomain() {
        return searchDomain;
    }

    private void use(ResolvConf file) {
        var wanted = config.nameservers().isEmpty() ? file.nameservers() : config.nameservers();
        usable = wanted.stream().filter(server -> !isOurselves(server)).toList();
        if (!file.searchDomain().isEmpty()) {
            searchDomain = labels(file.searchDomain());
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
                    config.nameservers().isEmpty() ? WARNING : DEBUG,
                    "DNS cannot read resolv_conf={0} cause={1}; forwarding to nameservers={2}",
                    config.resolvConf(),
                    cause,
                    AddressText.of(usable));
        }
        unreadable = true;
    }

    /// A domain's lower-case labels in wire form without the root; none when it is empty or no domain name.
    static byte[] labels(String domain) {
        try {
            return domain.isEmpty() ? new byte[0] : NameEntry.labels(Name.fromString(domain, Name.root));
        } catch (TextParseException e) {
            log.log(WARNING, "DNS ignores a domain that is no domain name domain={0}", domain);
            return new byte[0];
        }
    }
}
