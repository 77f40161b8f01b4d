package dev.outrigger.sds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.proto.core.DataSource;
import dev.outrigger.proto.tls.CertificateValidationContext;
import dev.outrigger.proto.tls.Secret;
import dev.outrigger.proto.tls.TlsCertificate;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One identity as SDS resources. Versions are digests of the contents, so they survive a restart. Immutable.
///
/// Beside the two conventional names the SPIFFE ID names the certificate and `spiffe://trust-domain` the bundle of that
/// domain, federated ones included.
final class Secrets {
    static final String TYPE_URL = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    private static final int VERSION_DIGITS = 16;

    private final String version;
    private final List<String> conventional;
    private final Map<String, Resource> resources = new LinkedHashMap<>();

    private Secrets(Identity identity, SdsConfig config) {
        var chain = identity.chainPem();
        var bundle = identity.bundlePem();
        conventional = List.of(config.rootName(), config.certificateName());
        identity.federated().forEach((domain, roots) -> addRoot("spiffe://" + domain, Pem.certificates(roots)));
        addRoot("spiffe://" + identity.trustDomain(), bundle); // wins over a federated one that claims our name
        addCertificate(identity.spiffeId(), chain, identity.keyPem());
        addRoot(config.rootName(), bundle);
        addCertificate(config.certificateName(), chain, identity.keyPem());
        version = digest(new TreeMap<>(resources).values().toString());
    }

    /// Whether a request with this type URL can be answered; some clients leave it out.
    static boolean isServed(String typeUrl) {
        return typeUrl.isEmpty() || typeUrl.equals(TYPE_URL);
    }

    static StatusRuntimeException notServed(String typeUrl) {
        return Status.INVALID_ARGUMENT
                .withDescription("this server has secrets only, not " + typeUrl)
                .asRuntimeException();
    }

    /// @param name what Envoy calls it
    /// @param version changes exactly when the body does
    /// @param body a packed `Secret`
    record Resource(String name, String version, Any body) {
        /// Without the body, which may be a key.
        @Override
        public String toString() {
            return name + "@" + version;
        }
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
    Resource named(String name) {
        return resources.get(name);
    }

    private void addRoot(String name, String bundlePem) {
        var context = CertificateValidationContext.newBuilder().setTrustedCa(inline(bundlePem));
        add(name, digest(bundlePem), Secret.newBuilder().setValidationContext(context));
    }

    /// A key belongs to exactly one chain, so the digest of the chain tells versions apart.
    private void addCertificate(String name, String chainPem, String keyPem) {
        var certificate = TlsCertificate.newBuilder()
                .setCertificateChain(inline(chainPem))
                .setPrivateKey(inline(keyPem));
        add(name, digest(chainPem), Secret.newBuilder().setTlsCertificate(certificate));
    }

    private void add(String name, String contentVersion, Secret.Builder secret) {
        var body = Any.newBuilder()
                .setTypeUrl(TYPE_URL)
                .setValue(secret.setName(name).build().toByteString())
                .build();
        resources.put(name, new Resource(name, contentVersion, body));
    }

    private static DataSource inline(String pem) {
        return DataSource.newBuilder()
                .setInlineBytes(ByteString.copyFromUtf8(pem))
                .build();
    }

    private static String digest(String text) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, VERSION_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
