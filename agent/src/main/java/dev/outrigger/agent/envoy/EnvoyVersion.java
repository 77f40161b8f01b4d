package dev.outrigger.agent.envoy;

import java.util.regex.Pattern;

/// What an Envoy understands of drains.
///
/// Until 1.40 `graceful` alone starts a drain, and `skip_exit` keeps the listeners open after it; without either,
/// listeners are closed and nobody is told. From
/// 1.41 on each form starts a drain, `graceful` closes the listeners at its end, and `skip_exit` alone never
/// does. Before `skip_exit` came, it was ignored, and the listeners are closed after `--drain-time-s`, which is
/// the longest drain.
///
/// Source: Envoy's documentation of `POST /drain_listeners`, and envoyproxy/envoy#47042.
///
/// @param major 1
/// @param minor 40 in 1.40
record EnvoyVersion(int major, int minor) {
    private static final Pattern VERSION =
            Pattern.compile("\"version\":\\s*\"[^\"/]*/(\\d{1,6})\\.(\\d{1,6})[.\\-\"]?");
    private static final EnvoyVersion UNKNOWN = new EnvoyVersion(1, 40);

    /// Reads `/server_info`, whose version is `<commit>/1.40.0/Clean/RELEASE/BoringSSL`. One that is not
    /// understood is taken for 1.40.
    static EnvoyVersion of(String serverInfo) {
        var match = VERSION.matcher(serverInfo);
        return match.find()
                ? new EnvoyVersion(Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2)))
                : UNKNOWN;
    }

    /// Tells clients to go elsewhere and welcomes whoever comes all the same.
    ///
    /// @param all or only the inbound listeners
    String drain(boolean all) {
        var isDecoupled = major > 1 || minor > 40;
        return "/drain_listeners?" + (all ? "" : "inboundonly&") + (isDecoupled ? "skip_exit" : "graceful&skip_exit");
    }

    /// Takes no new connection; those that are open go on.
    static String stop(boolean all) {
        return "/drain_listeners" + (all ? "" : "?inboundonly");
    }
}
