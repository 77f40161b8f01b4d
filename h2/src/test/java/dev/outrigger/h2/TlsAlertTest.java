package dev.outrigger.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// That real libraries say these things is seen in the tests of `xds`.
class TlsAlertTest {
    @ParameterizedTest
    @CsvSource({
        "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA, unknown_ca, true",
        "error:10000412:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_CERTIFICATE, bad_certificate, true",
        "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_CERTIFICATE_REQUIRED, certificate_required, false",
        "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED, certificate_required, false",
        "error:10000410:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE, handshake_failure, false",
        "Received fatal alert: certificate_expired, certificate_expired, true",
        "(certificate_unknown) Received fatal alert: certificate_unknown, certificate_unknown, true"
    })
    void anAlertIsFound(String message, String name, boolean isOfACertificate) {
        var alert = Objects.requireNonNull(TlsAlert.in(new DecoderException(new SSLHandshakeException(message))));

        assertThat(alert).isEqualTo(new TlsAlert(name));
        assertThat(alert.refusesCertificate()).isEqualTo(isOfACertificate);
        assertThat(alert.text()).contains("(TLS alert " + name + ")");
    }

    @ParameterizedTest
    @CsvSource({
        "error:10000414:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED",
        "PKIX path building failed",
        "OPENSSL_internal:",
        "''"
    })
    void whatNoPeerSaidIsNone(String message) {
        assertThat(TlsAlert.in(new SSLException(message))).isNull();
    }

    @Test
    void aFailureWithoutWordsHasNone() {
        assertThat(TlsAlert.in(new DecoderException())).isNull();
        assertThat(TlsAlert.in(null)).isNull();
    }
}
