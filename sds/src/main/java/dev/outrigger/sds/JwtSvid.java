package dev.outrigger.sds;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A JWT-SVID of this workload: a bearer token, to be sent to one audience. Source: the SPIFFE JWT-SVID
/// specification. Its signature is for the audience to check; whom it came from is trusted with private keys
/// anyway.
///
/// @param spiffeId the claim `sub`
/// @param audience the claim `aud`, one or several
/// @param token the compact form, three parts; a secret
/// @param expiresAt the claim `exp`
public record JwtSvid(String spiffeId, List<String> audience, String token, Instant expiresAt) {
    private static final int MOST_CHARACTERS = 64 << 10;

    /// Copies the list.
    public JwtSvid {
        audience = List.copyOf(audience);
    }

    /// Reads the claims of a token.
    ///
    /// @throws IOException when it is no JWT-SVID; the message does not quote it
    public static JwtSvid parse(String token) throws IOException {
        var parts = token.split("\\.", -1);
        if (parts.length != 3 || parts[2].isEmpty() || token.length() > MOST_CHARACTERS) {
            throw new IOException("the token is no signed JWT of three parts");
        }
        var claims = claims(parts[1]);
        if (claims.subject == null || !claims.subject.startsWith("spiffe://")) {
            throw new IOException("the token's subject is no SPIFFE ID");
        }
        if (claims.audience.isEmpty()) {
            throw new IOException("the token names no audience");
        }
        if (claims.expiresAt == null) {
            throw new IOException("the token does not say when it expires");
        }
        return new JwtSvid(claims.subject, claims.audience, token, claims.expiresAt);
    }

    private static final class Claims {
        @Nullable
        String subject;

        List<String> audience = List.of();

        @Nullable
        Instant expiresAt;
    }

    private static Claims claims(String payload) throws IOException {
        try (var json = new JsonReader(
                new StringReader(new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8)))) {
            var claims = new Claims();
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "sub" -> claims.subject = json.nextString();
                    case "aud" -> claims.audience = strings(json);
                    case "exp" -> claims.expiresAt = Instant.ofEpochSecond((long) json.nextDouble());
                    default -> json.skipValue();
                }
            }
            json.endObject();
            return claims;
        } catch (IOException | RuntimeException _) { // the library throws both, and its messages quote
            throw new IOException("the token's claims cannot be read");
        }
    }

    private static List<String> strings(JsonReader json) throws IOException {
        if (json.peek() == JsonToken.STRING) {
            return List.of(json.nextString());
        }
        var all = new ArrayList<String>();
        json.beginArray();
        while (json.hasNext()) {
            all.add(json.nextString());
        }
        json.endArray();
        return all;
    }

    /// Without the token.
    @Override
    public String toString() {
        return "JwtSvid[" + spiffeId + " for " + audience + ", expires " + expiresAt + "]";
    }
}
