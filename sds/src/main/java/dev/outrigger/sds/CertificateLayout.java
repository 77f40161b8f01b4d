package dev.outrigger.sds;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Where in the DER of a certificate the parts are that differ from one renewal to the next: serial number,
/// validity, public key, that key's identifier, signature (by ECDSA). Immutable.
///
/// Strict, and for the usual certificates only: whoever finds no layout has the JDK read the certificate. Sources:
/// RFC 5280 section 4.1, X.690 sections 8 to 11.
final class CertificateLayout {
    private static final int SEQUENCE = 0x30;
    private static final int VERSION = 0xa0;
    private static final int EXTENSIONS = 0xa3;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int LONGEST_SERIAL = 20;
    /// Of a signature; for P-521.
    private static final int LONGEST_NUMBER = 66;

    /// An extension with an identifier of 20 bytes, up to these (RFC 5280 section 4.2.1.2).
    private static final byte[] IDENTIFIER = HexFormat.of().parseHex("301d0603551d0e04160414");

    private static final int IDENTIFIER_BYTES = 20;

    private final byte[] der;
    private final Part signed;
    private final Part point;
    private final Part r;
    private final Part s;
    private final Instant notBefore;
    private final Instant notAfter;
    /// In their order; the first are the lengths of the whole.
    private final Part[] changing;

    /// @param end exclusive
    private record Part(int start, int end) {
        byte[] of(byte[] whole) {
            return Arrays.copyOfRange(whole, start, end);
        }

        BigInteger number(byte[] whole) {
            return new BigInteger(whole, start, end - start);
        }
    }

    private CertificateLayout(byte[] der) throws NoLayoutException {
        this.der = der;
        var in = new Cursor(der);
        Cursor.check(in.open(SEQUENCE) == der.length);
        var signedStart = in.at;
        var signedEnd = in.open(SEQUENCE);
        signed = new Part(signedStart, signedEnd);
        var lengths = new Part(0, in.at);
        in.skip(VERSION);
        var serialStart = in.at;
        var serial = new Part(serialStart, in.integer(LONGEST_SERIAL).end);
        in.skip(SEQUENCE); // algorithm
        in.skip(SEQUENCE); // issuer
        var validityEnd = in.open(SEQUENCE);
        var validity = new Part(in.at, validityEnd);
        notBefore = in.time();
        notAfter = in.time();
        Cursor.check(in.at == validityEnd);
        in.skip(SEQUENCE); // subject
        var keyEnd = in.open(SEQUENCE);
        in.skip(SEQUENCE); // algorithm
        point = in.bits();
        Cursor.check(in.at == keyEnd);
        var identifier = in.identifier(signedEnd);
        Cursor.check(in.at == signedEnd);
        in.skip(SEQUENCE); // algorithm
        var signatureStart = in.at;
        in.at = in.bits().start;
        Cursor.check(in.open(SEQUENCE) == der.length); // RFC 3279 section 2.2.3
        r = in.integer(LONGEST_NUMBER);
        s = in.integer(LONGEST_NUMBER);
        Cursor.check(in.at == der.length);
        changing = new Part[] {lengths, serial, validity, point, identifier, new Part(signatureStart, der.length)};
    }

    /// Of one certificate with nothing behind it; null when it is of another kind, or none.
    ///
    /// @param der not to be changed any more
    static @Nullable CertificateLayout of(byte[] der) {
        try {
            return new CertificateLayout(der);
        } catch (NoLayoutException | DateTimeException _) {
            return null;
        }
    }

    /// How many bytes the first of several certificates has; 0 when that cannot be said.
    static int firstLength(byte[] certificates) {
        try {
            return new Cursor(certificates).open(SEQUENCE);
        } catch (NoLayoutException _) {
            return 0;
        }
    }

    /// Whether both differ in the parts above at most; so their keys are of the same algorithm and length.
    boolean isRenewedBy(CertificateLayout other) {
        for (var i = 1; i < changing.length; i++) {
            if (!Arrays.equals(
                    der,
                    changing[i - 1].end,
                    changing[i].start,
                    other.der,
                    other.changing[i - 1].end,
                    other.changing[i].start)) {
                return false;
            }
        }
        return true;
    }

    Instant notBefore() {
        return notBefore;
    }

    /// The certificate is valid until then, exclusive, as everywhere here.
    Instant notAfter() {
        return notAfter;
    }

    /// The public key's bits: for elliptic curves an encoded point.
    byte[] point() {
        return point.of(der);
    }

    /// Whether it bears a signature of this key.
    boolean isSignedBy(EcdsaSignature key) {
        return key.isOf(der, signed.start, signed.end, r.number(der), s.number(der));
    }

    /// It is none that is known here.
    private static final class NoLayoutException extends Exception {
        private static final long serialVersionUID = 1L;

        NoLayoutException() {
            super("no layout that is known", null, false, false);
        }
    }

    /// Goes over one element after the other.
    private static final class Cursor {
        private static final int UTC_TIME = 0x17;
        private static final int GENERALIZED_TIME = 0x18;
        private static final int CENTURY = 100;
        /// Two digits of a year mean 1950 to 2049.
        private static final int FIRST_YEAR = 50;

        private final byte[] der;
        private int at;

        Cursor(byte[] der) {
            this.der = der;
        }

        static void check(boolean isAsExpected) throws NoLayoutException {
            if (!isAsExpected) {
                throw new NoLayoutException();
            }
        }

        /// Goes to the contents.
        ///
        /// @return their end
        int open(int tag) throws NoLayoutException {
            check(tag() == tag && at + 1 < der.length);
            var length = der[at + 1] & 0xff;
            at += 2;
            if (length > 0x7f) {
                var bytes = length - 0x80;
                check((bytes == 1 || bytes == 2) && bytes <= der.length - at);
                length = 0;
                for (var i = 0; i < bytes; i++) {
                    length = (length << 8) | (der[at++] & 0xff);
                }
                check(length >= (bytes == 1 ? 0x80 : 0x100));
            }
            check(length <= der.length - at);
            return at + length;
        }

        void skip(int tag) throws NoLayoutException {
            at = open(tag);
        }

        private int tag() {
            return at < der.length ? der[at] & 0xff : -1;
        }

        /// Positive or not, as the JDK takes it, in the only encoding there is.
        Part integer(int longest) throws NoLayoutException {
            var end = open(INTEGER);
            var start = at;
            check(end > start && end - start <= longest);
            check(end - start == 1 || der[start] != (der[start + 1] < 0 ? -1 : 0));
            at = end;
            return new Part(start, end);
        }

        /// A whole number of bytes, at least one.
        Part bits() throws NoLayoutException {
            var end = open(BIT_STRING);
            check(at + 1 < end && der[at] == 0); // how many bits of the last byte are not used
            var start = at + 1;
            at = end;
            return new Part(start, end);
        }

        Instant time() throws NoLayoutException {
            var isShort = tag() == UTC_TIME;
            var end = open(isShort ? UTC_TIME : GENERALIZED_TIME);
            check(end - at == (isShort ? "yyMMddHHmmssZ" : "yyyyMMddHHmmssZ").length() && der[end - 1] == 'Z');
            var year = number();
            if (isShort) {
                year += year < FIRST_YEAR ? 2000 : 1900;
            } else {
                year = year * CENTURY + number();
            }
            var month = number();
            var day = number();
            var hour = number();
            var minute = number();
            var time = LocalDateTime.of(year, month, day, hour, minute, number());
            at = end;
            return time.toInstant(ZoneOffset.UTC);
        }

        /// Two digits.
        private int number() throws NoLayoutException {
            var tens = der[at++] - '0';
            var ones = der[at++] - '0';
            check(tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9);
            return tens * 10 + ones;
        }

        /// Goes over all that follows the key.
        ///
        /// @return empty when there is none
        Part identifier(int signedEnd) throws NoLayoutException {
            var found = new Part(at, at);
            while (at < signedEnd) {
                if (tag() == EXTENSIONS) {
                    open(EXTENSIONS);
                    var end = open(SEQUENCE);
                    while (at < end) {
                        var start = at;
                        skip(SEQUENCE);
                        found = isIdentifier(start) ? new Part(at - IDENTIFIER_BYTES, at) : found;
                    }
                } else {
                    skip(tag());
                }
            }
            return found;
        }

        private boolean isIdentifier(int start) {
            return at - start == IDENTIFIER.length + IDENTIFIER_BYTES
                    && Arrays.equals(der, start, start + IDENTIFIER.length, IDENTIFIER, 0, IDENTIFIER.length);
        }
    }
}
