package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SecretsTest {
    @Test
    void whatIsSecretByNameOrByFormIsMaskedAndTheRestStays() {
        var json = Json.object()
                .put("id", "web-1")
                .put("port", 15_000)
                .put(
                        "metadata",
                        Json.object()
                                .put("API_TOKEN", "s3cret")
                                .put("dbPassword", "s3cret")
                                .put("APP", "web"))
                .put("private_key", Json.object().put("inline_string", "s3cret"))
                .put("sds_secret_configs", List.of(Json.object().put("name", "default")))
                .put("arguments", List.of("--header", "authorization: Bearer s3cret-s3cret", "eyJhbGci.eyJzdWIi.c2ln"))
                .put("pem", "-----BEGIN EC PRIVATE KEY-----\nczNjcmV0\n-----END EC PRIVATE KEY-----\n");
        var before = json.compact();

        assertThat(json.masked().compact())
                .isEqualTo("{\"id\":\"web-1\",\"port\":15000,"
                        + "\"metadata\":{\"API_TOKEN\":\"***\",\"dbPassword\":\"***\",\"APP\":\"web\"},"
                        + "\"private_key\":{\"inline_string\":\"***\"},"
                        + "\"sds_secret_configs\":[{\"name\":\"default\"}],"
                        + "\"arguments\":[\"--header\",\"authorization: Bearer ***\",\"***\"],"
                        + "\"pem\":\"***\\n\"}");
        assertThat(json.compact()).as("the original").isEqualTo(before);
    }
}
