package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpTlsTest {
    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBdjCCAR2gAwIBAgIUK1BZ+yJZwdVyLXokI40bDzr01EIwCgYIKoZIzj0EAwIw
            EDEOMAwGA1UEAwwFYWdlbnQwIBcNMjYxMTI2MTg0MzQ0WhgPMjEyNjExMDIxODQz
            NDRaMBAxDjAMBgNVBAMMBWFnZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            s1/4RIjiYc+rGYV36d+BWE3tqTE+/UWI/cjRySWuE2Cfy68IYQNBxb/WtKhBZg+P
            b7XjoXlbt1wYdJ3OfBUwxqNTMFEwHQYDVR0OBBYEFED573ctqN3zbqG6FLKG9guS
            uo/bMB8GA1UdIwQYMBaAFED573ctqN3zbqG6FLKG9guSuo/bMA8GA1UdEwEB/wQF
            MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgKItjOVgJvXizVNKaJdjjW2Pi9Ef4kKri
            wDQiaKqZGLgCIANQ/RFJQnsrryzp1YP7F15SLbSbrFeW5VaybVyPBN43
            -----END CERTIFICATE-----
            """;
    private static final String KEY = """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiVEF/dBG3V3UEmec
            aexsVwnUcVmJmIo2gWtdq1MoQ6yhRANCAASzX/hEiOJhz6sZhXfp34FYTe2pMT79
            RYj9yNHJJa4TYJ/LrwhhA0HFv9a0qEFmD49vteOheVu3XBh0nc58FTDG
            -----END PRIVATE KEY-----
            """;

    @TempDir
    private Path folder;

    @Test
    void aCertificateWithItsKeyIsTaken() throws Exception {
        assertThat(tls(CERTIFICATE, KEY).factory()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c2VjcmV0",
                "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\nc2VjcmV0c\n-----END PRIVATE KEY-----\n",
                "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\nc2VjcmV0",
            })
    void aKeyThatIsNoneIsToldByItsFileAndNeverQuoted(String key) throws Exception {
        var tls = tls(CERTIFICATE, key);

        assertThatThrownBy(tls::factory)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("otlp-client-key " + folder.resolve("tls.key") + " cannot be used")
                .hasMessageContaining("openssl pkcs8")
                .hasMessageNotContaining("c2Vj")
                .hasNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "-----BEGIN CERTIFICATE-----\nc2VjcmV0c\n-----END CERTIFICATE-----\n"})
    void aCertificateThatIsNoneIsToldByItsFile(String certificate) throws Exception {
        var tls = tls(certificate, KEY);

        assertThatThrownBy(tls::factory)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("otlp-client-cert " + folder.resolve("tls.crt") + " cannot be used");
    }

    private OtlpTls tls(String certificate, String key) throws IOException {
        return new OtlpTls(
                Optional.empty(),
                Optional.of(new OtlpTls.Client(
                        Files.writeString(folder.resolve("tls.crt"), certificate),
                        Files.writeString(folder.resolve("tls.key"), key))));
    }
}
