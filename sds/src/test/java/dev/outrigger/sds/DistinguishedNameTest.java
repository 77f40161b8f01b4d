package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistinguishedNameTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CN=root,O=Acme\\, Inc | CN=root,O=Acme\\, Inc",
                "SERIALNUMBER=13161810426,O=SPIFFE,C=US | serialNumber=13161810426,O=SPIFFE,C=US",
                "EMAILADDRESS=ca@example.org,CN=a | emailAddress=ca@example.org,CN=a",
                "1.2.3.4=x,CN=a | 1.2.3.4=#130178,CN=a",
            })
    void attributesOfAuthoritiesHaveWords(String name, String text) {
        var words = Map.of("SERIALNUMBER", "2.5.4.5", "EMAILADDRESS", "1.2.840.113549.1.9.1");

        assertThat(DistinguishedName.text(new X500Principal(name, words))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource("''")
    void anEmptyNameIsEmpty(String name) {
        assertThat(DistinguishedName.text(new X500Principal(name))).isEmpty();
    }
}
