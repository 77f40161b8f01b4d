package dev.outrigger.agent.status;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Who may use what changes or tells secrets of the setup: a process of this machine that speaks for itself.
final class Caller {
    private static final Pattern LOCAL =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?", Pattern.CASE_INSENSITIVE);
    private static final List<String> PASSED_ON = List.of("forwarded", "x-forwarded-for", "x-real-ip", "via");

    private Caller() {}

    /// Why a caller may not; empty when it may.
    ///
    /// The peer's address decides, whatever headers say, and headers can only take away: one that a proxy adds
    /// tells that the request comes from elsewhere, and those of a browser that some web page sends it (by a name
    /// of its own that it had resolved to loopback, or across origins).
    static Optional<String> refusal(InetSocketAddress peer, Head head) {
        if (!peer.getAddress().isLoopbackAddress()) {
            return Optional.of("only from this machine's loopback");
        }
        var proxy = PASSED_ON.stream().filter(head.headers()::containsKey).findFirst();
        if (proxy.isPresent()) {
            return Optional.of(
                    "only from this machine's loopback; the header " + proxy.get() + " says it was passed on");
        }
        var host = head.header("host");
        if (host.isPresent()
                && !host.get().isEmpty()
                && !LOCAL.matcher(host.get()).matches()) {
            return Optional.of("only for localhost and loopback addresses, not for the host " + host.get());
        }
        if (head.headers().containsKey("origin") || head.headers().containsKey("sec-fetch-site")) {
            return Optional.of("not for web pages");
        }
        return Optional.empty();
    }
}
