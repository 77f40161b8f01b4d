package dev.outrigger.sds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc;
import dev.outrigger.proto.tls.Secret;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Asks a running agent for a JWT-SVID, on the socket of its secrets: who may not read the private key gets no
/// token.
public final class TokenClient {
    private static final long LIMIT_SECONDS = 15;

    private TokenClient() {}

    /// Waits up to 15 s.
    ///
    /// @param socket the agent's SDS socket
    /// @throws IOException when there is none, saying why
    public static JwtSvid fetch(Path socket, String audience) throws IOException {
        if (Files.notExists(socket)) {
            throw new IOException("no agent serves secrets at " + socket
                    + "; is outrigger run up? Set --sds-socket or --work-dir when it is elsewhere");
        }
        var loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        var channel = channel(socket, loop);
        try {
            return token(SecretDiscoveryServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .fetchSecrets(DiscoveryRequest.newBuilder()
                            .setTypeUrl(SecretResource.TYPE_URL)
                            .addResourceNames(TokenSecrets.PREFIX + audience)
                            .build()));
        } catch (StatusRuntimeException e) {
            throw new IOException("no token for " + audience + ": " + reason(socket, e.getStatus()), e);
        } finally {
            channel.shutdownNow();
            var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    private static ManagedChannel channel(Path socket, EventLoopGroup loop) {
        return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollDomainSocketChannel.class)
                // gRPC sets it for every socket, and netty warns that a Unix socket has none; null takes it back.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .eventLoopGroup(loop)
                .directExecutor()
                .overrideAuthority("localhost")
                .disableRetry()
                .usePlaintext()
                .build();
    }

    private static JwtSvid token(DiscoveryResponse response) throws IOException {
        try {
            if (response.getResourcesCount() == 1) {
                var secret = Secret.parseFrom(response.getResources(0).getValue());
                return JwtSvid.parse(
                        secret.getGenericSecret().getSecret().getInlineBytes().toStringUtf8());
            }
        } catch (InvalidProtocolBufferException _) {
            // falls through: it quotes the bytes
        }
        throw new IOException("the agent answered without a token; is it of another version?");
    }

    private static String reason(Path socket, Status status) {
        if (status.getCause() instanceof IOException cause) {
            return socket + " cannot be asked (" + cause.getMessage() + "); is outrigger run up, and are you its user?";
        }
        return status.getDescription() == null ? status.getCode().toString() : status.getDescription();
    }
}
