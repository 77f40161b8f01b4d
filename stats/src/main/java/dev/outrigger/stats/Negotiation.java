package dev.outrigger.stats;

import dev.outrigger.stats.Format.Syntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Chooses format and compression by what a scraper accepts (RFC 9110, 12.5): the highest `q` that is known, the
/// first of equals. Nothing in these headers can fail: what makes no sense is passed over, and only the first 4
/// KiB and 64 members are looked at. <https://prometheus.io/docs/instrumenting/content_negotiation/>
final class Negotiation {
    private static final int MOST_LETTERS = 4096;
    private static final int MOST_MEMBERS = 64;

    private Negotiation() {}

    /// @param q from 0 to 1
    private record Member(String name, Map<String, String> parameters, double q) {}

    /// Text 0.0.4 when nothing that is accepted is known: every scraper can read it.
    static Format format(String accept) {
        @Nullable Format best = null;
        double q = 0;
        for (var member : members(accept)) {
            var format = format(member);
            if (format != null && member.q() > q) {
                best = format;
                q = member.q();
            }
        }
        return best == null ? Format.TEXT : best;
    }

    /// How the answer is compressed; zstd before gzip when the scraper does not mind. No compression unless it is
    /// asked for by name or `*`.
    static Encoding encoding(String acceptEncoding) {
        var gzip = 0.0;
        var zstd = 0.0;
        var any = 0.0;
        var identity = 0.0;
        var named = new ArrayList<String>();
        for (var member : members(acceptEncoding)) {
            named.add(member.name());
            switch (member.name()) {
                case "gzip", "x-gzip" -> gzip = Math.max(gzip, member.q());
                case "zstd" -> zstd = Math.max(zstd, member.q());
                case "identity" -> identity = Math.max(identity, member.q());
                case "*" -> any = Math.max(any, member.q());
                default -> {}
            }
        }
        gzip = named.contains("gzip") || named.contains("x-gzip") ? gzip : any;
        var best = Math.max(gzip, zstd);
        if (best == 0 || identity > best) {
            return Encoding.IDENTITY;
        }
        return zstd == best && Encoding.ZSTD.isAvailable()
                ? Encoding.ZSTD
                : gzip > 0 ? Encoding.GZIP : Encoding.IDENTITY;
    }

    private static @Nullable Format format(Member member) {
        var version = member.parameters().getOrDefault("version", "");
        var escaping = Escaping.of(member.parameters().getOrDefault("escaping", ""));
        return switch (member.name()) {
            case "text/plain" ->
                switch (version) {
                    case "", "0.0.4" -> Format.TEXT;
                    case "1.0.0" -> new Format(Syntax.TEXT_1, escaping);
                    default -> null;
                };
            case "application/openmetrics-text" ->
                switch (version) {
                    case "1.0.0" -> new Format(Syntax.OPEN_METRICS_1, escaping);
                    // Without a version it means the oldest, as the Prometheus clients read it.
                    case "", "0.0.1" -> new Format(Syntax.OPEN_METRICS_0, Escaping.UNDERSCORES);
                    default -> null;
                };
            case "application/vnd.google.protobuf" ->
                "io.prometheus.client.MetricFamily"
                                        .equalsIgnoreCase(member.parameters().get("proto"))
                                && "delimited".equals(member.parameters().get("encoding"))
                        ? new Format(Syntax.PROTOBUF, escaping)
                        : null;
            case "*/*", "*", "text/*" -> Format.TEXT;
            case "application/*" -> new Format(Syntax.OPEN_METRICS_1, Escaping.UNDERSCORES);
            default -> null;
        };
    }

    private static List<Member> members(String header) {
        var members = new ArrayList<Member>();
        var text = header.length() > MOST_LETTERS ? header.substring(0, MOST_LETTERS) : header;
        for (var part : text.split(",", MOST_MEMBERS + 1)) {
            if (members.size() < MOST_MEMBERS && !part.isBlank()) {
                members.add(member(part));
            }
        }
        return members;
    }

    private static Member member(String text) {
        var parts = text.split(";", -1);
        var parameters = new TreeMap<String, String>();
        for (var i = 1; i < parts.length; i++) {
            var equals = parts[i].indexOf('=');
            if (equals > 0) {
                var value = parts[i].substring(equals + 1).strip();
                var isQuoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
                parameters.putIfAbsent(
                        parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT),
                        isQuoted ? value.substring(1, value.length() - 1) : value);
            }
        }
        return new Member(
                parts[0].strip().toLowerCase(Locale.ROOT), parameters, weight(parameters.getOrDefault("q", "1")));
    }

    /// `0`, `1`, `0.123`; anything else is no wish.
    private static double weight(String text) {
        return text.matches("0(\\.[0-9]{0,9})?|1(\\.0{0,9})?") ? Double.parseDouble(text) : 0;
    }
}
