package dev.outrigger.agent.config;

import dev.outrigger.dns.DnsConfig;
import dev.outrigger.dns.DnsTlsConfig;
import dev.outrigger.dns.MeshDomain;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The settings of the DNS proxy as its record.
final class DnsSettings {
    private static final int DNS_PORT = 53;
    private static final int DNS_OVER_TLS_PORT = 853;

    private final Reader read;

    DnsSettings(Reader read) {
        this.read = read;
    }

    DnsConfig config() {
        return new DnsConfig(
                listening(),
                forwarding(),
                new MeshDomain(read.text(Setting.DNS_NAMESPACE), read.text(Setting.DNS_DOMAIN)),
                read.duration(Setting.DNS_TTL),
                staticNames(),
                read.isOn(Setting.NAME_TABLE),
                read.text(Setting.DNS_BEFORE_TABLE).equals("wait"),
                read.number(Setting.DNS_QUERY_LOG));
    }

    private DnsConfig.Listening listening() {
        return new DnsConfig.Listening(
                read.addresses(Setting.DNS_ADDRESS),
                read.number(Setting.DNS_UDP_SOCKETS),
                read.number(Setting.DNS_CONNECTIONS),
                read.duration(Setting.DNS_IDLE_TIMEOUT));
    }

    private DnsConfig.Forwarding forwarding() {
        return new DnsConfig.Forwarding(
                read.path(Setting.RESOLV_CONF, Path.of("/etc/resolv.conf")),
                read.addresses(Setting.DNS_NAMESERVER, Optional.of(DNS_PORT)),
                read.duration(Setting.DNS_TIMEOUT),
                read.number(Setting.DNS_CACHE),
                read.duration(Setting.DNS_MAX_STALE),
                read.isOn(Setting.DNS_RANDOM_CASE),
                tls());
    }

    private DnsTlsConfig tls() {
        var mode = DnsTlsConfig.Mode.valueOf(read.text(Setting.DNS_TLS).toUpperCase(Locale.ROOT));
        var roots = read.path(Setting.DNS_TLS_ROOTS);
        if (mode == DnsTlsConfig.Mode.STRICT && roots.isPresent()) {
            read.requireReadable(
                    Setting.DNS_TLS_ROOTS, roots.get(), "give a PEM file with the roots of the nameservers");
        }
        return new DnsTlsConfig(mode, read.text(Setting.DNS_TLS_SERVER_NAME), roots, DNS_OVER_TLS_PORT);
    }

    /// A name that is given more than once has all its addresses.
    private Map<String, List<InetAddress>> staticNames() {
        var names = new LinkedHashMap<String, List<InetAddress>>();
        for (var text : read.texts(Setting.DNS_STATIC_NAME)) {
            var equals = text.indexOf('=');
            try {
                if (equals <= 0) {
                    throw new IllegalArgumentException("no name");
                }
                var address = InetAddress.ofLiteral(text.substring(equals + 1));
                names.computeIfAbsent(text.substring(0, equals).toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                        .add(address);
            } catch (IllegalArgumentException e) {
                read.problem(
                        Setting.DNS_STATIC_NAME, text + " is no name with an address; write api.example.com=10.0.0.1");
            }
        }
        return names;
    }
}
