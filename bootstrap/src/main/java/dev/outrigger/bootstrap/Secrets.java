package dev.outrigger.bootstrap;

import java.util.regex.Pattern;

/// What must not be shown. Better too much than too little: whoever looks at what was masked wants its shape.
public final class Secrets {
    static final String MASK = "***";

    private static final Pattern NAME = Pattern.compile(
            "(?i).*(password|passwd|token|secret|credential|private.?key|api.?key|authorization|cookie).*|inline_.*");

    /// A JSON web token, a private key in PEM form, or what follows a scheme in an authorization header.
    private static final Pattern TEXT = Pattern.compile("eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]*"
            + "|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?"
            + "|(?i:(?<=\\bbearer )|(?<=\\bbasic ))[\\w.~+/=-]+");

    private Secrets() {}

    /// Whether a member or variable of this name holds a secret.
    static boolean isSecret(String name) {
        return NAME.matcher(name).matches();
    }

    /// A text without what looks like a secret.
    public static String masked(String text) {
        return TEXT.matcher(text).replaceAll(MASK);
    }
}
