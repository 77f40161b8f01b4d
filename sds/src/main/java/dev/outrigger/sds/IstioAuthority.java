package dev.outrigger.sds;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrigger.proto.ca.IstioCertificateRequest;
import dev.outrigger.proto.ca.IstioCertificateServiceGrpc;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.sds.IdentityMetrics.Failure;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Asks `istio.v1.auth.IstioCertificateService`. Each request has a connection of its own, with roots and token
/// as they are then: requests are hours apart, and nothing stale can be in the way.
///
/// Stateless.
final class IstioAuthority implements Authority {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final IdentityConfig.Ca config;
    private final EventLoopGroup loops;

    IstioAuthority(IdentityConfig.Ca config, EventLoopGroup loops) {
        this.config = config;
        this.loops = loops;
    }

    static String name(InetSocketAddress address) {
        var host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    @Override
    public List<String> sign(String request, int pick) throws RequestFailedException {
        ManagedChannel channel;
        Metadata headers;
        try {
            headers = headers();
            channel = channel(pick);
        } catch (IOException e) {
            throw new RequestFailedException(Failure.ISSUE, false, Quote.of(String.valueOf(e.getMessage())), e);
        }
        try {
            return IstioCertificateServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .withDeadlineAfter(config.timeout().toMillis(), TimeUnit.MILLISECONDS)
                    .createCertificate(message(request))
                    .getCertChainList();
        } catch (StatusRuntimeException e) {
            throw failed(e.getStatus(), e);
        } finally {
            channel.shutdownNow();
        }
    }

    private IstioCertificateRequest message(String request) {
        var message = IstioCertificateRequest.newBuilder()
                .setCsr(request)
                .setValidityDuration(config.lifetime().toSeconds());
        config.certSigner()
                .ifPresent(signer -> message.setMetadata(Struct.newBuilder()
                        .putFields(
                                "CertSigner",
                                Value.newBuilder().setStringValue(signer).build())));
        return message.build();
    }

    private ManagedChannel channel(int pick) throws IOException {
        var builder = NettyChannelBuilder.forAddress(resolved(pick))
                .eventLoopGroup(loops)
                .channelType(EpollSocketChannel.class)
                .directExecutor()
                .offloadExecutor(Runnable::run)
                .disableRetry()
                .disableServiceConfigLookUp()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        config.timeout().toMillis());
        return switch (config.security()) {
            case CaSecurity.Plaintext _ ->
                builder.overrideAuthority(name(config.address()))
                        .negotiationType(NegotiationType.PLAINTEXT)
                        .build();
            case CaSecurity.Tls tls ->
                builder.overrideAuthority(tls.serverName().orElse(name(config.address())))
                        .sslContext(CaTls.context(tls))
                        .build();
        };
    }

    private InetSocketAddress resolved(int pick) throws IOException {
        var address = config.address();
        if (!address.isUnresolved()) {
            return address;
        }
        try {
            var all = InetAddress.getAllByName(address.getHostString());
            return new InetSocketAddress(all[Math.floorMod(pick, all.length)], address.getPort());
        } catch (UnknownHostException e) {
            throw new IOException("its name does not resolve; check ca-address and the resolver", e);
        }
    }

    private Metadata headers() throws IOException {
        var headers = new Metadata();
        config.headers()
                .forEach((name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        if (config.tokenFile().isPresent()) {
            headers.put(AUTHORIZATION, "Bearer " + token(config.tokenFile().get()));
        }
        return headers;
    }

    private static String token(Path file) throws IOException {
        var what = "token file " + file;
        try {
            var token = new String(BoundedFile.read(what, file), StandardCharsets.ISO_8859_1).strip();
            if (!token.isEmpty() && token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                return token;
            }
        } catch (RefusedSvidException e) {
            throw new IOException(e.getMessage(), e);
        }
        throw new IOException(what + " does not hold one token; wait for its issuer or check the mount");
    }

    private RequestFailedException failed(Status status, StatusRuntimeException cause) {
        var description = status.getDescription();
        var reason = status.getCode()
                + (description == null ? "" : " (" + Quote.of(description) + ")")
                + (status.getCause() == null ? "" : ": " + Quote.reason(status.getCause()));
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED ->
                new RequestFailedException(
                        Failure.TIMEOUT,
                        true,
                        "no answer within " + config.timeout().toMillis() + " ms",
                        cause);
            case CANCELLED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE ->
                new RequestFailedException(Failure.UNAVAILABLE, true, reason, cause);
            case UNAUTHENTICATED ->
                new RequestFailedException(
                        Failure.UNAUTHENTICATED, false, reason + "; is the token in ca-token still valid?", cause);
            case PERMISSION_DENIED ->
                new RequestFailedException(
                        Failure.PERMISSION_DENIED, false, reason + "; may this workload have this identity?", cause);
            case UNIMPLEMENTED ->
                new RequestFailedException(Failure.PROTOCOL, false, reason + ": it does not sign certificates", cause);
            default -> new RequestFailedException(Failure.REFUSED, false, reason, cause);
        };
    }
}
