package dev.outrigger.testkit;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/// Signs JWT-SVIDs (ES256) for tests, and tells the key to check them with. Source: the SPIFFE JWT-SVID
/// specification.
public final class FakeJwtIssuer {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final int COORDINATE_BYTES = 32;

    private final KeyPair keys;

    /// With a key of its own.
    public FakeJwtIssuer() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    /// A token that is valid from now.
    ///
    /// @param subject a SPIFFE ID
    /// @param lifetime negative for one that has expired
    public String issue(String subject, List<String> audience, Duration lifetime) {
        return issue(subject, audience, InstantSource.system().instant().plus(lifetime));
    }

    /// As {@link #issue(String, List, Duration)}, until a time.
    public String issue(String subject, List<String> audience, Instant end) {
        var all = audience.stream().map(one -> "\"" + one + "\"").collect(Collectors.joining(","));
        return sign("{\"sub\":\"" + subject + "\",\"aud\":[" + all + "],\"exp\":" + end.getEpochSecond() + "}");
    }

    /// A signed token with any claims.
    ///
    /// @param claims JSON
    public String sign(String claims) {
        var signed = encoded("{\"alg\":\"ES256\",\"kid\":\"test\",\"typ\":\"JWT\"}") + "." + encoded(claims);
        try {
            var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has ECDSA", e);
        }
    }

    /// The public key as a JWK set, which is a JWT bundle of the Workload API.
    public byte[] bundle() {
        var point = ((ECPublicKey) keys.getPublic()).getW();
        var jwk = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"test\",\"use\":\"jwt-svid\",\"x\":\""
                + coordinate(point.getAffineX()) + "\",\"y\":\"" + coordinate(point.getAffineY()) + "\"}]}";
        return jwk.getBytes(StandardCharsets.UTF_8);
    }

    private static String coordinate(BigInteger value) {
        var bytes = new byte[COORDINATE_BYTES];
        var raw = value.toByteArray();
        var length = Math.min(raw.length, COORDINATE_BYTES);
        System.arraycopy(raw, raw.length - length, bytes, COORDINATE_BYTES - length, length);
        return BASE64.encodeToString(bytes);
    }

    private static String encoded(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
