package dev.outrigger.agent.config;

import dev.outrigger.sds.IdentityConfig;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.sds.IdentityConfig.Policy;
import dev.outrigger.sds.KeyType;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// The part of the settings that says where the identity comes from.
final class IdentitySettings {
    private static final Path MISSING = Path.of("missing");
    private static final String SCHEME = "spiffe://";

    private final Reader read;
    private final Machine machine;

    IdentitySettings(Reader read, Machine machine) {
        this.read = read;
        this.machine = machine;
    }

    IdentityConfig config() {
        return switch (read.text(Setting.IDENTITY)) {
            case "none" -> new IdentityConfig.None();
            case "dev-ca" -> devCa();
            case "workload-api" -> workloadApi();
            case "files" -> files();
            case "ca" -> ca();
            default -> auto();
        };
    }

    /// What is configured the most closely to the workload.
    private IdentityConfig auto() {
        if (isSet(Setting.SPIFFE_SOCKET)) {
            return workloadApi();
        }
        if (isSet(Setting.IDENTITY_CERT_FILE)) {
            return files();
        }
        return isSet(Setting.CA_ADDRESS) ? ca() : new IdentityConfig.None();
    }

    private boolean isSet(Setting setting) {
        return !read.text(setting).isEmpty();
    }

    private IdentityConfig workloadApi() {
        if (!isSet(Setting.SPIFFE_SOCKET)) {
            read.problem(
                    Setting.IDENTITY, "needs the Workload API's socket; set --spiffe-socket or SPIFFE_ENDPOINT_SOCKET");
        } else if (read.text(Setting.SPIFFE_SOCKET).startsWith("tcp:")) {
            read.problem(Setting.SPIFFE_SOCKET, "only Unix sockets are spoken to; write unix:///path");
        }
        return new IdentityConfig.WorkloadApi(
                read.path(Setting.SPIFFE_SOCKET, MISSING),
                optional(Setting.SPIFFE_HINT),
                read.text(Setting.SPIFFE_DENIED).equals("drop"),
                policy(optional(Setting.IDENTITY_TRUST_DOMAIN)));
    }

    private IdentityConfig files() {
        return new IdentityConfig.Files(
                file(Setting.IDENTITY_CERT_FILE),
                file(Setting.IDENTITY_KEY_FILE),
                file(Setting.IDENTITY_BUNDLE_FILE),
                policy(optional(Setting.IDENTITY_TRUST_DOMAIN)));
    }

    private Path file(Setting setting) {
        if (!isSet(setting)) {
            read.problem(setting.key() + ": not set; an identity from files needs identity-cert-file, identity-key-file"
                    + " and identity-bundle-file (they may name one file)");
        }
        return read.path(setting, MISSING);
    }

    private IdentityConfig ca() {
        if (!isSet(Setting.CA_ADDRESS)) {
            read.problem(Setting.IDENTITY, "needs the authority; set --ca-address HOST:PORT");
        }
        var id = isSet(Setting.SPIFFE_ID)
                ? read.text(Setting.SPIFFE_ID)
                : read.profile().spiffeId(machine).orElse("");
        if (!isWorkload(id)) {
            read.problem(
                    Setting.SPIFFE_ID, "the CA must be asked for an identity, for example spiffe://example.org/web");
        }
        return new IdentityConfig.Ca(
                read.address(Setting.CA_ADDRESS),
                security(),
                read.path(Setting.CA_TOKEN),
                read.headers(Setting.CA_HEADER, machine),
                optional(Setting.CA_SIGNER),
                id,
                KeyType.valueOf(
                        read.text(Setting.IDENTITY_KEY).toUpperCase(Locale.ROOT).replace('-', '_')),
                read.duration(Setting.IDENTITY_LIFETIME),
                read.duration(Setting.CA_TIMEOUT),
                read.path(Setting.IDENTITY_BUNDLE_FILE),
                policy(optional(Setting.IDENTITY_TRUST_DOMAIN).or(() -> trustDomain(id))));
    }

    private CaSecurity security() {
        if (!read.isOn(Setting.CA_TLS)) {
            return new CaSecurity.Plaintext();
        }
        var roots = read.text(Setting.CA_ROOTS);
        return new CaSecurity.Tls(
                roots.equals("system") ? Optional.empty() : read.path(Setting.CA_ROOTS),
                optional(Setting.CA_SERVER_NAME));
    }

    private IdentityConfig devCa() {
        var id = read.text(Setting.SPIFFE_ID);
        if (!isWorkload(id)) {
            read.problem(
                    Setting.SPIFFE_ID, "the dev CA needs an identity to issue, for example spiffe://example.org/web");
        }
        return new IdentityConfig.DevCa(
                id,
                read.duration(Setting.IDENTITY_LIFETIME),
                read.path(Setting.DEV_CA_DIR),
                policy(Optional.empty()).rotationShare());
    }

    private Policy policy(Optional<String> trustDomain) {
        var domain = trustDomain.map(name -> name.startsWith(SCHEME) ? name.substring(SCHEME.length()) : name);
        if (domain.isPresent() && !domain.get().matches("[a-z0-9._-]{1,255}")) {
            read.problem(Setting.IDENTITY_TRUST_DOMAIN, "no trust domain; write for example example.org");
        }
        var share = read.text(Setting.IDENTITY_ROTATION_SHARE);
        if (!share.matches("0\\.\\d{1,4}")) {
            read.problem(Setting.IDENTITY_ROTATION_SHARE, "no share of a lifetime; write for example 0.5");
            return new Policy(domain, Policy.DEFAULT.rotationShare());
        }
        return new Policy(domain, Double.parseDouble(share));
    }

    private static Optional<String> trustDomain(String spiffeId) {
        return isWorkload(spiffeId)
                ? Optional.of(spiffeId.substring(SCHEME.length(), spiffeId.indexOf('/', SCHEME.length())))
                : Optional.empty();
    }

    private static boolean isWorkload(String id) {
        return id.startsWith(SCHEME) && id.indexOf('/', SCHEME.length()) > SCHEME.length();
    }

    private Optional<String> optional(Setting setting) {
        return Optional.of(read.text(setting)).filter(text -> !text.isEmpty());
    }
}
