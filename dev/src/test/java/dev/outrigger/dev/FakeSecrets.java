package dev.outrigger.dev;

import com.google.protobuf.Any;
import dev.outrigger.proto.core.DataSource;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc;
import dev.outrigger.proto.tls.CertificateValidationContext;
import dev.outrigger.proto.tls.Secret;
import dev.outrigger.proto.tls.TlsCertificate;
import dev.outrigger.testkit.TestCa;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Serves the secrets `default` and `ROOTCA` of one identity, as the agent does.
final class FakeSecrets extends SecretDiscoveryServiceGrpc.SecretDiscoveryServiceImplBase implements AutoCloseable {
    private final TestCa.Issued identity;
    private final Server server;

    private FakeSecrets(String spiffeId) throws IOException {
        identity = TestCa.create("test").issue(spiffeId, Duration.ofHours(1));
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(this)
                .build();
    }

    static FakeSecrets start(String spiffeId) throws IOException {
        var secrets = new FakeSecrets(spiffeId);
        secrets.server.start();
        return secrets;
    }

    int port() {
        return server.getPort();
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamSecrets(StreamObserver<DiscoveryResponse> responses) {
        return new StreamObserver<>() {
            @Override
            public void onNext(DiscoveryRequest request) {
                if (request.getResponseNonce().isEmpty()) {
                    responses.onNext(response(request));
                }
            }

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {
                responses.onCompleted();
            }
        };
    }

    private DiscoveryResponse response(DiscoveryRequest request) {
        var response = DiscoveryResponse.newBuilder()
                .setTypeUrl(request.getTypeUrl())
                .setVersionInfo("1")
                .setNonce("1");
        request.getResourceNamesList()
                .forEach(name -> response.addResources(Any.newBuilder()
                        .setTypeUrl(request.getTypeUrl())
                        .setValue(secret(name).toByteString())));
        return response.build();
    }

    private Secret secret(String name) {
        var secret = Secret.newBuilder().setName(name);
        if (name.equals("ROOTCA")) {
            secret.setValidationContext(
                    CertificateValidationContext.newBuilder().setTrustedCa(text(identity.rootPem())));
        } else {
            secret.setTlsCertificate(TlsCertificate.newBuilder()
                    .setCertificateChain(text(identity.chainPem()))
                    .setPrivateKey(text(identity.keyPem())));
        }
        return secret.build();
    }

    private static DataSource text(String pem) {
        return DataSource.newBuilder().setInlineString(pem).build();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
