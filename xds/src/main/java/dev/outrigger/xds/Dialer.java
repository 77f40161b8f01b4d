package dev.outrigger.xds;

import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.H2Options;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes connections and headers from the configuration. Stateless; its methods read files and resolve names, so
/// they run on virtual threads.
final class Dialer {
    private static final Duration CONNECT = Duration.ofSeconds(1);
    /// What a control plane may send on a stream before the client can take it. With 1 MiB it waits for the relay in a
    /// large push.
    private static final int WINDOW = 4 << 20;

    private final XdsConfig config;
    private final Supplier<Optional<ClientIdentity>> identity;
    private final EventLoop loop;

    Dialer(XdsConfig config, Supplier<Optional<ClientIdentity>> identity, EventLoop loop) {
        this.config = config;
        this.identity = identity;
        this.loop = loop;
    }

    /// How long a dial may take, with its TLS handshake.
    Duration limit() {
        return config.keepalive().timeout();
    }

    /// What to secure a connection with; see {@link Credentials#load}.
    Credentials credentials(boolean bare, @Nullable Credentials known) throws IOException {
        return Credentials.load(config.security(), identity.get(), bare, known);
    }

    /// One address of a control plane.
    ///
    /// @param pick any number; decides which address when its name has several, so that a fleet spreads over them
    H2Client.Target target(InetSocketAddress controlPlane, Credentials credentials, int pick) throws IOException {
        var name = config.security() instanceof UpstreamSecurity.Tls tls ? tls.serverName() : Optional.<String>empty();
        try {
            return H2Client.Target.of(controlPlane, name, credentials.context(), connectLimit(), pick);
        } catch (UnknownHostException e) {
            throw new IOException("its name does not resolve; check the address and the resolver", e);
        }
    }

    /// Dials. Returns at once.
    ///
    /// @param pingEvery silence before a ping
    H2Client dial(H2Client.Target target, Duration pingEvery, H2Client.Listener listener) {
        var options = new H2Options(
                WINDOW, H2Options.ANY_SIZE, pingEvery, config.keepalive().timeout());
        return H2Client.dial(target, loop, options, listener);
    }

    /// The headers of a new stream.
    ///
    /// @throws IOException when the token is missing, empty or cannot be sent
    Map<String, String> headers() throws IOException {
        var headers = new HashMap<>(config.headers());
        if (config.tokenFile().isPresent()) {
            headers.put("authorization", "Bearer " + token(config.tokenFile().get()));
        }
        return headers;
    }

    /// The kernel asks an unreachable host again after 1, 3, 7 seconds; a new dial asks sooner when it comes
    /// back.
    private Duration connectLimit() {
        return limit().compareTo(CONNECT) < 0 ? limit() : CONNECT;
    }

    private static String token(Path file) throws IOException {
        String token;
        try {
            token = Files.readString(file).strip();
        } catch (IOException e) {
            throw new IOException("token file " + file + " cannot be read (" + e + "); is it mounted?", e);
        }
        if (token.isEmpty()) {
            throw new IOException("token file " + file + " is empty; wait for its issuer or check the mount");
        }
        if (!token.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new IOException("token file " + file + " holds characters that no token has; is it the right file?");
        }
        return token;
    }
}
