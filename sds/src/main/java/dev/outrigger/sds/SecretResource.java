package dev.outrigger.sds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.proto.core.DataSource;
import dev.outrigger.proto.core.TypedExtensionConfig;
import dev.outrigger.proto.tls.CertificateValidationContext;
import dev.outrigger.proto.tls.GenericSecret;
import dev.outrigger.proto.tls.SPIFFECertValidatorConfig;
import dev.outrigger.proto.tls.Secret;
import dev.outrigger.proto.tls.TlsCertificate;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.SortedMap;

/// One secret as Envoy takes it (`envoy.extensions.transport_sockets.tls.v3.Secret`). Versions are digests of the
/// contents, so they survive a restart.
///
/// @param name what Envoy calls it
/// @param kind what is in it
/// @param version changes exactly when the body does
/// @param body a packed `Secret`
/// @param expiresAt from then on it is given to nobody any more; never for roots, which others judge
record SecretResource(String name, Kind kind, String version, Any body, Instant expiresAt) {
    static final String TYPE_URL = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    private static final String VALIDATOR = "envoy.tls.cert_validator.spiffe";
    private static final String VALIDATOR_TYPE_URL =
            "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";
    private static final int VERSION_BYTES = 8;

    /// What a secret is for; bounded, a label of metrics.
    enum Kind {
        CERTIFICATE,
        TRUST,
        TOKEN
    }

    /// A chain with its key. A key belongs to exactly one chain, so the digest of the chain tells versions apart.
    static SecretResource certificate(String name, String chainPem, String keyPem, Instant expiresAt) {
        var certificate = TlsCertificate.newBuilder()
                .setCertificateChain(inline(chainPem))
                .setPrivateKey(inline(keyPem));
        return of(
                name,
                Kind.CERTIFICATE,
                digest(chainPem),
                Secret.newBuilder().setTlsCertificate(certificate),
                expiresAt);
    }

    /// Roots, each of which may sign for any peer.
    static SecretResource roots(String name, String bundlePem) {
        var context = CertificateValidationContext.newBuilder().setTrustedCa(inline(bundlePem));
        return of(name, Kind.TRUST, digest(bundlePem), Secret.newBuilder().setValidationContext(context), Instant.MAX);
    }

    /// Roots by trust domain, for Envoy's SPIFFE validator: a root may sign for peers of its own domain only.
    ///
    /// @param bundles trust domain without a scheme to PEM; not empty
    static SecretResource trustDomains(String name, SortedMap<String, String> bundles) {
        var validator = SPIFFECertValidatorConfig.newBuilder();
        bundles.forEach((domain, pem) -> validator.addTrustDomains(SPIFFECertValidatorConfig.TrustDomain.newBuilder()
                .setName(domain)
                .setTrustBundle(inline(pem))));
        var config = TypedExtensionConfig.newBuilder()
                .setName(VALIDATOR)
                .setTypedConfig(Any.newBuilder()
                        .setTypeUrl(VALIDATOR_TYPE_URL)
                        .setValue(validator.build().toByteString()));
        var context = CertificateValidationContext.newBuilder().setCustomValidatorConfig(config);
        return of(
                name,
                Kind.TRUST,
                digest(VALIDATOR + bundles),
                Secret.newBuilder().setValidationContext(context),
                Instant.MAX);
    }

    /// A text that a filter uses, for example a bearer token.
    static SecretResource token(String name, String token, Instant expiresAt) {
        var secret = GenericSecret.newBuilder().setSecret(inline(token));
        return of(name, Kind.TOKEN, digest(token), Secret.newBuilder().setGenericSecret(secret), expiresAt);
    }

    /// A short SHA-256.
    static String digest(String text) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, VERSION_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static SecretResource of(String name, Kind kind, String version, Secret.Builder secret, Instant expiresAt) {
        var body = Any.newBuilder()
                .setTypeUrl(TYPE_URL)
                .setValue(secret.setName(name).build().toByteString())
                .build();
        return new SecretResource(name, kind, version, body, expiresAt);
    }

    private static DataSource inline(String text) {
        return DataSource.newBuilder()
                .setInlineBytes(ByteString.copyFromUtf8(text))
                .build();
    }

    /// Without the body, which may be a key.
    @Override
    public String toString() {
        return name + "@" + version;
    }
}
