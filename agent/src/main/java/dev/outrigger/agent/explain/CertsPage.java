package dev.outrigger.agent.explain;

import dev.outrigger.agent.status.Page;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.sds.DistinguishedName;
import dev.outrigger.sds.Identity;
import dev.outrigger.sds.IdentityStatus;
import dev.outrigger.sds.SdsStatus;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Answers `GET /debug/certs`: the identity that is served, where it comes from and who has it. Its parameter:
/// `form` (`pem` for the chain and the bundle). Never the key.
public final class CertsPage {
    private static final Map<Integer, String> SAN_KINDS = Map.of(1, "email", 2, "DNS", 6, "URI", 7, "IP");

    private final Paper text = new Paper();
    private final Json json = Json.object();
    private final Instant now;

    private CertsPage(Instant now) {
        this.now = now;
    }

    /// One answer: 503 when there is no identity or it is expired, 400 for a parameter that makes no sense.
    public static Page page(
            Optional<Identity> identity,
            IdentityStatus status,
            SdsStatus served,
            Map<String, String> query,
            Instant now) {
        var code = identity.filter(i -> i.expiresAt().isAfter(now)).isPresent() ? 200 : 503;
        return switch (query.getOrDefault("form", "")) {
            case "" -> {
                var page = new CertsPage(now);
                page.identity(identity.orElse(null), status);
                page.served(served);
                page.certificates(identity.orElse(null));
                yield new Page(code, page.text.toString(), page.json);
            }
            case "pem" -> pem(code, identity.orElse(null), status);
            default -> problem(400, "form: write pem, or leave it out");
        };
    }

    private static Page pem(int code, @Nullable Identity identity, IdentityStatus status) {
        if (identity == null) {
            var error = status.lastError() == null ? "none has been received" : status.lastError();
            return problem(503, "no identity yet from " + status.source() + ": " + error);
        }
        var pem = identity.chainPem() + identity.bundlePem();
        return new Page(
                code, pem, Json.object().put("chain", identity.chainPem()).put("bundle", identity.bundlePem()));
    }

    private static Page problem(int code, String reason) {
        return new Page(code, reason + "\n", Json.object().put("error", reason));
    }

    private void identity(@Nullable Identity identity, IdentityStatus status) {
        var id = status.spiffeId() == null ? "none yet" : status.spiffeId();
        line(0, "identity", id);
        line(0, "source", status.source());
        json.put("spiffe_id", id).put("source", status.source()).put("rotations", status.rotations());
        if (identity != null) {
            moment("issued", identity.notBefore());
            json.put("valid", identity.expiresAt().isAfter(now));
        } else {
            json.put("valid", false);
        }
        moment("received", status.receivedAt());
        moment("expires", status.expiresAt());
        moment("next rotation", status.nextRotation());
        line(0, "rotations", Long.toString(status.rotations()));
        if (status.lastError() != null) {
            line(0, "last error", status.lastError());
            json.put("last_error", status.lastError());
            moment("last error at", status.lastErrorAt());
        }
    }

    private void served(SdsStatus sds) {
        var open = sds.streams();
        var current = open.stream()
                .filter(stream -> stream.sent() != null && Objects.equals(stream.sent(), stream.acked()))
                .count();
        line(0, "served to", open.size() + " streams, " + current + " of them accepted what they got last");
        var object = Json.object().put("streams", open.size()).put("accepted", current);
        if (sds.lastError() != null) {
            line(0, "last refusal", sds.lastError());
            object.put("last_refusal", sds.lastError());
        }
        var held = Json.object();
        new TreeMap<>(sds.heldBack()).forEach((name, reason) -> {
            line(0, "held back", name + ": " + reason);
            held.put(name, reason);
        });
        json.put("sds", object.put("held_back", held));
    }

    private void certificates(@Nullable Identity identity) {
        if (identity == null) {
            json.put("chain", List.<Json>of());
            return;
        }
        var chain = new ArrayList<Json>();
        for (var certificate : identity.chain()) {
            text.line(
                    0,
                    "certificate " + (chain.size() + 1) + " of "
                            + identity.chain().size());
            chain.add(certificate(certificate));
        }
        json.put("chain", chain);
        var bundles = new TreeMap<>(identity.federated());
        bundles.put(identity.trustDomain(), identity.bundle());
        var all = Json.object();
        bundles.forEach((domain, roots) -> {
            var own = domain.equals(identity.trustDomain());
            text.line(
                    0,
                    (own ? "trust domain " : "federated trust domain ") + domain + ": " + roots.size()
                            + (roots.size() == 1 ? " root" : " roots"));
            all.put(domain, roots.stream().map(this::root).toList());
        });
        json.put("bundles", all);
    }

    private Json certificate(X509Certificate certificate) {
        var subject = DistinguishedName.text(certificate.getSubjectX500Principal());
        var issuer = DistinguishedName.text(certificate.getIssuerX500Principal());
        var sans = sans(certificate);
        var serial = certificate.getSerialNumber().toString(16);
        var sha256 = sha256(certificate);
        line(2, "subject", subject.isEmpty() ? "empty" : subject);
        line(2, "SAN", sans.isEmpty() ? "none" : String.join(", ", sans));
        line(2, "issuer", issuer);
        line(2, "serial", serial);
        line(2, "SHA-256", sha256);
        line(2, "valid", validity(certificate));
        return Json.object()
                .put("subject", subject)
                .put("san", sans)
                .put("issuer", issuer)
                .put("serial", serial)
                .put("sha256", sha256)
                .put("not_before", certificate.getNotBefore().toInstant().toString())
                .put("not_after", certificate.getNotAfter().toInstant().toString());
    }

    private Json root(X509Certificate root) {
        var subject = DistinguishedName.text(root.getSubjectX500Principal());
        var end = root.getNotAfter().toInstant();
        text.line(2, subject + ", serial " + root.getSerialNumber().toString(16) + ", " + validity(root));
        return Json.object()
                .put("subject", subject)
                .put("serial", root.getSerialNumber().toString(16))
                .put("sha256", sha256(root))
                .put("not_after", end.toString());
    }

    private static String validity(X509Certificate certificate) {
        return certificate.getNotBefore().toInstant() + " to "
                + certificate.getNotAfter().toInstant();
    }

    private static List<String> sans(X509Certificate certificate) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .map(name -> SAN_KINDS.getOrDefault((Integer) name.get(0), "other") + ":" + name.get(1))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of("unreadable");
        }
    }

    private static String sha256(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a parsed certificate has an encoding, and every JDK has SHA-256", e);
        }
    }

    private void moment(String name, @Nullable Instant at) {
        if (at != null) {
            line(0, name, at + (at.isAfter(now) ? " (in " + age(now, at) + ")" : " (" + age(at, now) + " ago)"));
            json.put(name.replace(' ', '_'), at.toString());
        }
    }

    private void line(int indent, String name, String value) {
        text.line(indent, String.format(Locale.ROOT, "%-" + (15 - indent) + "s %s", name, value));
    }

    /// `42s`, `2m5s`, `3h12m`, `5d2h`: the two largest units.
    private static String age(Instant from, Instant to) {
        var duration = Duration.between(from, to);
        if (duration.toDays() > 0) {
            return duration.toDays() + "d" + duration.toHoursPart() + "h";
        }
        if (duration.toHours() > 0) {
            return duration.toHours() + "h" + duration.toMinutesPart() + "m";
        }
        return duration.toMinutes() > 0
                ? duration.toMinutes() + "m" + duration.toSecondsPart() + "s"
                : duration.toSeconds() + "s";
    }
}
