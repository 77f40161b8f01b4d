package dev.outrigger.xds;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes channels and headers from the configuration. Stateless; its methods read files and resolve names, so
/// they run on virtual threads.
final class Dialer {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final XdsConfig config;
    private final Supplier<Optional<ClientIdentity>> identity;
    private final EventLoopGroup loops;

    Dialer(XdsConfig config, Supplier<Optional<ClientIdentity>> identity, EventLoopGroup loops) {
        this.config = config;
        this.identity = identity;
        this.loops = loops;
    }

    static String name(InetSocketAddress controlPlane) {
        var host = controlPlane.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + controlPlane.getPort();
    }

    /// How long a dial may take, with its TLS handshake.
    Duration limit() {
        return config.keepalive().timeout();
    }

    /// What to secure a connection with; see {@link Credentials#load}.
    Credentials credentials(@Nullable Credentials known) throws IOException {
        return Credentials.load(config.security(), identity.get(), known);
    }

    /// A channel to one address of a control plane.
    ///
    /// @param pick any number; decides which address when its name has several, so that a fleet spreads over them
    /// @param pingEvery silence before a ping
    ManagedChannel channel(InetSocketAddress controlPlane, Credentials credentials, int pick, Duration pingEvery)
            throws IOException {
        var builder = NettyChannelBuilder.forAddress(resolve(controlPlane, pick))
                .eventLoopGroup(loops)
                .channelType(EpollSocketChannel.class)
                .directExecutor()
                .offloadExecutor(Runnable::run)
                .disableRetry()
                .disableServiceConfigLookUp()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) limit().toMillis())
                .keepAliveTime(pingEvery.toNanos(), TimeUnit.NANOSECONDS)
                .keepAliveTimeout(config.keepalive().timeout().toNanos(), TimeUnit.NANOSECONDS)
                .overrideAuthority(authority(controlPlane));
        if (credentials.context() == null) {
            builder.negotiationType(NegotiationType.PLAINTEXT);
        } else {
            builder.sslContext(credentials.context());
        }
        return builder.build();
    }

    /// The headers of a new stream.
    ///
    /// @throws IOException when the token is missing or empty
    Metadata headers() throws IOException {
        var headers = new Metadata();
        config.headers()
                .forEach((name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        if (config.tokenFile().isPresent()) {
            headers.put(AUTHORIZATION, "Bearer " + token(config.tokenFile().get()));
        }
        return headers;
    }

    private String authority(InetSocketAddress controlPlane) {
        return config.security() instanceof UpstreamSecurity.Tls tls
                ? tls.serverName().orElse(name(controlPlane))
                : name(controlPlane);
    }

    private static InetSocketAddress resolve(InetSocketAddress address, int pick) throws IOException {
        if (!address.isUnresolved()) {
            return address;
        }
        try {
            var all = InetAddress.getAllByName(address.getHostString());
            return new InetSocketAddress(all[Math.floorMod(pick, all.length)], address.getPort());
        } catch (UnknownHostException e) {
            throw new IOException("its name does not resolve; check the address and the resolver", e);
        }
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
        return token;
    }
}
