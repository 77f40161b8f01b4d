package dev.outrigger.sds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.UnaryCall;
import dev.outrigger.proto.ca.IstioCertificateRequest;
import dev.outrigger.proto.ca.IstioCertificateResponse;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.sds.IdentityMetrics.Failure;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Asks `istio.v1.auth.IstioCertificateService`. Each request has a connection of its own, with roots and token
/// as they are then: requests are hours apart, and nothing stale can be in the way.
///
/// Stateless.
final class IstioAuthority implements Authority {
    private static final String CREATE_CERTIFICATE = "/istio.v1.auth.IstioCertificateService/CreateCertificate";
    /// Eight digits. Source: gRPC over HTTP/2, Timeout.
    private static final long MOST_TIMEOUT = 99_999_999;

    private static final int WINDOW = 1 << 18;
    /// That of gRPC.
    private static final int LARGEST_ANSWER = 4 << 20;

    private final IdentityConfig.Ca config;
    private final EventLoopGroup loops;

    IstioAuthority(IdentityConfig.Ca config, EventLoopGroup loops) {
        this.config = config;
        this.loops = loops;
    }

    @Override
    public List<String> sign(String request, int pick) throws RequestFailedException {
        try {
            var options = new H2Options(WINDOW, LARGEST_ANSWER, Duration.ZERO, Duration.ZERO);
            var answer = UnaryCall.call(
                    target(pick),
                    loops.next(),
                    options,
                    CREATE_CERTIFICATE,
                    headers(),
                    message(request).toByteArray(),
                    config.timeout());
            if (answer.isEmpty()) {
                throw failed(new CallStatus(CallStatus.INTERNAL, "no answer"), null);
            }
            return IstioCertificateResponse.parseFrom(answer.get()).getCertChainList();
        } catch (TimeoutException e) {
            throw failed(new CallStatus(CallStatus.DEADLINE_EXCEEDED, ""), e);
        } catch (UnaryCall.FailedException e) {
            throw failed(e.status(), e);
        } catch (InvalidProtocolBufferException e) {
            throw new RequestFailedException(
                    Failure.PROTOCOL, false, "the answer cannot be read: " + Quote.reason(e), e);
        } catch (IOException e) {
            throw new RequestFailedException(Failure.ISSUE, false, Quote.of(String.valueOf(e.getMessage())), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestFailedException(Failure.UNAVAILABLE, true, "interrupted", e);
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

    private H2Client.Target target(int pick) throws IOException {
        var security = config.security();
        var tls = security instanceof CaSecurity.Tls with ? CaTls.context(with) : null;
        var name = security instanceof CaSecurity.Tls with ? with.serverName() : Optional.<String>empty();
        try {
            return H2Client.Target.of(config.address(), name, tls, config.timeout(), pick);
        } catch (UnknownHostException e) {
            throw new IOException("its name does not resolve; check ca-address and the resolver", e);
        }
    }

    private Map<String, String> headers() throws IOException {
        var headers = new HashMap<String, String>();
        config.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        if (config.tokenFile().isPresent()) {
            headers.put("authorization", "Bearer " + token(config.tokenFile().get()));
        }
        headers.put("grpc-timeout", Math.min(config.timeout().toMillis(), MOST_TIMEOUT) + "m");
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

    private RequestFailedException failed(CallStatus status, @Nullable Throwable cause) {
        var reason = status.name() + (status.message().isEmpty() ? "" : " (" + Quote.of(status.message()) + ")");
        return switch (status.code()) {
            case CallStatus.DEADLINE_EXCEEDED ->
                new RequestFailedException(
                        Failure.TIMEOUT,
                        true,
                        "no answer within " + config.timeout().toMillis() + " ms",
                        cause);
            case CallStatus.CANCELLED,
                    CallStatus.RESOURCE_EXHAUSTED,
                    CallStatus.ABORTED,
                    CallStatus.INTERNAL,
                    CallStatus.UNAVAILABLE -> new RequestFailedException(Failure.UNAVAILABLE, true, reason, cause);
            case CallStatus.UNAUTHENTICATED ->
                new RequestFailedException(
                        Failure.UNAUTHENTICATED, false, reason + "; is the token in ca-token still valid?", cause);
            case CallStatus.PERMISSION_DENIED ->
                new RequestFailedException(
                        Failure.PERMISSION_DENIED, false, reason + "; may this workload have this identity?", cause);
            case CallStatus.UNIMPLEMENTED ->
                new RequestFailedException(Failure.PROTOCOL, false, reason + ": it does not sign certificates", cause);
            default -> new RequestFailedException(Failure.REFUSED, false, reason, cause);
        };
    }
}
