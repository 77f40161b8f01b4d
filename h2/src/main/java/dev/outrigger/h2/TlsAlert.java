package dev.outrigger.h2;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a peer said when it ended TLS. Source: RFC 8446, section 6.2.
///
/// @param name as there, for example `unknown_ca`
record TlsAlert(String name) {
    private static final String BORING_SSL = "OPENSSL_internal:";
    private static final List<String> PREFIXES = List.of("TLSV1_ALERT_", "SSLV3_ALERT_", "TLSV1_");
    private static final String JDK = "Received fatal alert: ";
    private static final Set<String> OF_A_CERTIFICATE = Set.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "unknown_ca",
            "access_denied");

    /// The alert that a failure tells of, in the words of BoringSSL or the JDK; null when there is none.
    static @Nullable TlsAlert in(@Nullable Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            var name = nameIn(String.valueOf(cause.getMessage()));
            if (name != null) {
                return new TlsAlert(name);
            }
        }
        return null;
    }

    /// Whether the peer does not like the certificate that it was shown.
    boolean refusesCertificate() {
        return OF_A_CERTIFICATE.contains(name);
    }

    /// For humans.
    String text() {
        var meaning = switch (name) {
            case "certificate_required" -> "the peer wants to be shown a certificate";
            case "bad_certificate" -> "the peer refuses the certificate that it was shown, or wants one";
            default ->
                refusesCertificate()
                        ? "the peer refuses the certificate that it was shown"
                        : "the peer ended the connection";
        };
        return meaning + " (TLS alert " + name + ")";
    }

    private static @Nullable String nameIn(String message) {
        int jdk = message.indexOf(JDK);
        if (jdk >= 0) {
            return word(message.substring(jdk + JDK.length()));
        }
        int boring = message.indexOf(BORING_SSL);
        if (boring >= 0) {
            var reason = message.substring(boring + BORING_SSL.length());
            for (var prefix : PREFIXES) {
                if (reason.startsWith(prefix)) {
                    return word(reason.substring(prefix.length()).toLowerCase(Locale.ROOT));
                }
            }
        }
        return null;
    }

    private static String word(String text) {
        int end = 0;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        return text.substring(0, end);
    }
}
