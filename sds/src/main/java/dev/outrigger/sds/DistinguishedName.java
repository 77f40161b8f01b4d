package dev.outrigger.sds;

import java.util.Map;
import javax.security.auth.x500.X500Principal;

/// Distinguished names for humans.
public final class DistinguishedName {
    /// Attributes that authorities use and RFC 2253 has no word for: it would show their values in hexadecimal.
    /// The words are those of RFC 4519, but for the address.
    private static final Map<String, String> WORDS = Map.of(
            "2.5.4.4", "sn",
            "2.5.4.5", "serialNumber",
            "2.5.4.12", "title",
            "2.5.4.42", "givenName",
            "2.5.4.97", "organizationIdentifier",
            "1.2.840.113549.1.9.1", "emailAddress");

    private DistinguishedName() {}

    /// In the form of RFC 2253, the most specific part first; empty for an empty name.
    public static String text(X500Principal name) {
        return name.getName(X500Principal.RFC2253, WORDS);
    }
}
