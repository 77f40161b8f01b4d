package dev.outrigger.xds;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a stream may use now.
///
/// @param headers null when there is a problem
/// @param outdated the connection was made with credentials that have changed since
record Offer(@Nullable Map<String, String> headers, String problem, boolean outdated) {
    private static final System.Logger log = System.getLogger(Offer.class.getName());

    /// Reads files.
    ///
    /// @param known credentials of the connection
    static Offer of(Dialer dialer, Credentials known) {
        boolean outdated = false;
        try {
            outdated = !known.equals(dialer.credentials(known.bare(), known));
        } catch (IOException e) {
            log.log(WARNING, "credentials cannot be loaded, keeping the last ones error={0}", e.getMessage());
        }
        try {
            return new Offer(dialer.headers(), "", outdated);
        } catch (IOException e) {
            return new Offer(null, String.valueOf(e.getMessage()), outdated);
        }
    }
}
