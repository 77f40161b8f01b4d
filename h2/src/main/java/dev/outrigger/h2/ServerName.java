package dev.outrigger.h2;

import io.netty.util.NetUtil;
import java.net.IDN;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Whether a certificate is for a server's name. Source: RFC 9525: alternative names only, never the subject; a
/// star stands for one whole label, the first one, and two more must follow; addresses are compared as addresses,
/// and only with addresses.
final class ServerName {
    private static final int DNS_NAME = 2; // RFC 5280, 4.2.1.6, GeneralName
    private static final int IP_ADDRESS = 7;
    private static final int MOST_QUOTED = 5;

    private ServerName() {}

    /// @param name a host name or an IP address, without brackets
    /// @throws CertificateException when it is for others; says for which
    static void check(X509Certificate certificate, @Nullable String name) throws CertificateException {
        if (name == null || name.isEmpty()) {
            throw new CertificateException("no name of the server is known to compare the certificate with");
        }
        var address = NetUtil.createByteArrayFromIpAddressString(name);
        var host = address == null ? ascii(name) : name;
        var others = new ArrayList<String>();
        for (var alternative : alternatives(certificate)) {
            if (alternative.size() < 2 || !(alternative.get(1) instanceof String value)) {
                continue;
            }
            var isMatch = Objects.equals(alternative.getFirst(), address == null ? DNS_NAME : IP_ADDRESS)
                    && (address == null ? isFor(value, host) : isFor(value, address));
            if (isMatch) {
                return;
            }
            if (others.size() < MOST_QUOTED) {
                others.add(quoted(value));
            }
        }
        throw new CertificateException("the server's certificate is "
                + (others.isEmpty() ? "for no name" : "for " + String.join(", ", others)) + ", and not for " + name);
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) throws CertificateException {
        var found = certificate.getSubjectAlternativeNames();
        return found == null ? List.of() : found;
    }

    /// As names are compared: letters of the alphabet, digits, and no dot at the end.
    private static String ascii(String name) throws CertificateException {
        try {
            var host = IDN.toASCII(name, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
            return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        } catch (IllegalArgumentException e) {
            throw new CertificateException("the server's name " + quoted(name) + " is no host name", e);
        }
    }

    private static boolean isFor(String pattern, byte[] address) {
        return Arrays.equals(NetUtil.createByteArrayFromIpAddressString(pattern), address);
    }

    private static boolean isFor(String pattern, String host) {
        var wanted = pattern.toLowerCase(Locale.ROOT);
        if (!wanted.startsWith("*.")) {
            return wanted.equals(host);
        }
        var suffix = wanted.substring(1);
        int first = host.indexOf('.');
        return suffix.indexOf('*') < 0
                && suffix.indexOf('.', 1) > 1
                && first > 0
                && host.substring(first).equals(suffix);
    }

    /// What a stranger wrote, fit for a log.
    private static String quoted(String text) {
        var safe = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), 100); i++) {
            char c = text.charAt(i);
            safe.append(c > ' ' && c <= '~' ? c : '?');
        }
        return safe.toString();
    }
}
