package dev.outrigger.sds;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One identity as SDS resources; all of them switch together. Owned by its user.
///
/// Beside the configured names the SPIFFE ID names the certificate and `spiffe://trust-domain` the bundle of that
/// domain, federated ones included.
final class Secrets {
    private final Identity identity;
    private final String version;
    private final List<String> conventional;
    private final Trust trust;
    private final Map<String, SecretResource> resources = new LinkedHashMap<>();

    private Secrets(Identity identity, SdsConfig config, Trust trust) {
        this.identity = identity;
        this.trust = trust;
        var certificate = certificate(config.certificateName());
        trust.domains.forEach(this::add);
        add(trust.root);
        add(trust.all); // wins when both have the same name
        add(certificate);
        conventional = List.of(config.rootName(), config.certificateName());
        version = certificate.version() + trust.version;
    }

    /// @param last those of the identity before, whose bundles are not written again while they are the same;
    ///     null when there was none
    static Secrets of(Identity identity, SdsConfig config, @Nullable Secrets last) {
        var trust = last != null && last.trust.isOf(identity) ? last.trust : new Trust(identity, config);
        return new Secrets(identity, config, trust);
    }

    /// Changes exactly when one of the resources does.
    String version() {
        return version;
    }

    /// What a client gets that names nothing; the root first, so that it is there when the certificate is used.
    List<String> conventional() {
        return conventional;
    }

    @Nullable
    SecretResource named(String name) {
        var known = resources.get(name);
        if (known == null && name.equals(identity.spiffeId())) { // made when it is wanted, as hardly anybody does
            known = certificate(name);
            add(known);
        }
        return known;
    }

    private SecretResource certificate(String name) {
        return SecretResource.certificate(name, identity.chainPem(), identity.keyPem(), identity.expiresAt());
    }

    private void add(SecretResource resource) {
        resources.put(resource.name(), resource);
    }

    /// The bundles of an identity.
    private static final class Trust {
        private final String own;
        private final List<X509Certificate> bundle;
        private final Map<String, List<X509Certificate>> federated;
        private final List<SecretResource> domains = new ArrayList<>();
        private final SecretResource root;
        private final SecretResource all;
        private final String version;

        Trust(Identity identity, SdsConfig config) {
            own = identity.trustDomain();
            bundle = identity.bundle();
            federated = identity.federated();
            var bundles = new TreeMap<String, String>();
            federated.forEach((domain, roots) -> bundles.put(domain, Pem.certificates(roots)));
            var pem = identity.bundlePem();
            bundles.put(own, pem); // wins over a federated one that claims our name
            bundles.forEach((domain, roots) -> domains.add(resource("spiffe://" + domain, domain, roots, config)));
            root = resource(config.rootName(), own, pem, config);
            all = SecretResource.trustDomains(config.allName(), bundles);
            version = SecretResource.digest(domains + root.toString() + all);
        }

        boolean isOf(Identity identity) {
            return own.equals(identity.trustDomain())
                    && bundle.equals(identity.bundle())
                    && federated.equals(identity.federated());
        }

        private static SecretResource resource(String name, String domain, String pem, SdsConfig config) {
            return switch (config.trust()) {
                case CA -> SecretResource.roots(name, pem);
                case SPIFFE -> SecretResource.trustDomains(name, new TreeMap<>(Map.of(domain, pem)));
            };
        }
    }
}
