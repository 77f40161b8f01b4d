package dev.outrigger.dns;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.Future;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// How nameservers are asked over TLS (RFC 7858). Made with the first connection, so that nothing of TLS is
/// loaded before. Owned by the event loop.
final class Tls {
    private final DnsTlsConfig config;
    private @Nullable SslContext context;

    Tls(DnsTlsConfig config) {
        this.config = config;
    }

    DnsTlsConfig config() {
        return config;
    }

    /// Adds TLS to a new connection.
    ///
    /// @param done hears once, on the loop, that the handshake is over, or why it failed
    void secure(Channel channel, InetSocketAddress server, Consumer<@Nullable Throwable> done) {
        try {
            var name = config.serverName().isEmpty() ? server.getAddress().getHostAddress() : config.serverName();
            var handler = context().newHandler(channel.alloc(), name, server.getPort());
            var _ = handler.handshakeFuture()
                    .addListener((Future<Channel> handshake) -> done.accept(handshake.cause()));
            channel.pipeline().addFirst(handler);
        } catch (SSLException | IllegalArgumentException e) {
            done.accept(e);
        }
    }

    private SslContext context() throws SSLException {
        if (context == null) {
            var builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
            if (config.isVerified()) {
                builder.endpointIdentificationAlgorithm("HTTPS");
                config.roots().ifPresent(roots -> builder.trustManager(new File(roots.toString())));
            } else {
                // Opportunistic privacy (RFC 8310 section 5): better than plain text, and says no more.
                builder.endpointIdentificationAlgorithm("").trustManager(InsecureTrustManagerFactory.INSTANCE);
            }
            context = builder.build();
        }
        return context;
    }
}
