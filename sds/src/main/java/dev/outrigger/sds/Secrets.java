package dev.outrigger.sds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One identity as SDS resources; all of them switch together. Immutable.
///
/// Beside the configured names the SPIFFE ID names the certificate and `spiffe://trust-domain` the bundle of that
/// domain, federated ones included.
final class Secrets {
    private final String version;
    private final List<String> conventional;
    private final Map<String, SecretResource> resources = new LinkedHashMap<>();

    private Secrets(Identity identity, SdsConfig config) {
        var bundles = new TreeMap<String, String>();
        identity.federated().forEach((domain, roots) -> bundles.put(domain, Pem.certificates(roots)));
        var own = identity.trustDomain();
        bundles.put(own, identity.bundlePem()); // wins over a federated one that claims our name
        bundles.forEach((domain, pem) -> add(trust("spiffe://" + domain, domain, pem, config)));
        addCertificate(identity.spiffeId(), identity);
        add(trust(config.rootName(), own, identity.bundlePem(), config));
        add(SecretResource.trustDomains(config.allName(), bundles)); // wins when both have the same name
        addCertificate(config.certificateName(), identity);
        conventional = List.of(config.rootName(), config.certificateName());
        version = SecretResource.digest(new TreeMap<>(resources).values().toString());
    }

    static Secrets of(Identity identity, SdsConfig config) {
        return new Secrets(identity, config);
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
        return resources.get(name);
    }

    private static SecretResource trust(String name, String domain, String pem, SdsConfig config) {
        return switch (config.trust()) {
            case CA -> SecretResource.roots(name, pem);
            case SPIFFE -> SecretResource.trustDomains(name, new TreeMap<>(Map.of(domain, pem)));
        };
    }

    private void addCertificate(String name, Identity identity) {
        add(SecretResource.certificate(name, identity.chainPem(), identity.keyPem(), identity.expiresAt()));
    }

    private void add(SecretResource resource) {
        resources.put(resource.name(), resource);
    }
}
