package dev.outrigger.dev;

import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Objects;

/// A client that speaks the state-of-the-world protocol.
final class SotwStream extends DiscoveryStream<DiscoveryRequest, DiscoveryResponse> {
    SotwStream(ControlPlane controlPlane, ServerCallStreamObserver<DiscoveryResponse> answers) {
        super(controlPlane, answers);
    }

    @Override
    Envelope envelope(DiscoveryRequest request) {
        return new Envelope(
                request.getNode().getId(),
                request.getTypeUrl(),
                request.getResponseNonce(),
                request.hasErrorDetail() ? request.getErrorDetail().getMessage() : null);
    }

    @Override
    void take(DiscoveryRequest request, Subscription subscription, boolean again) {
        subscription.takeSotw(request.getResourceNamesList(), request.getResponseNonce(), again);
    }

    @Override
    DiscoveryResponse response(
            String typeUrl, String nonce, Snapshot.Collection collection, Subscription.Update update) {
        var response = DiscoveryResponse.newBuilder()
                .setVersionInfo(Long.toString(collection.version()))
                .setTypeUrl(typeUrl)
                .setNonce(nonce);
        for (var name : update.all()) {
            response.addResources(
                    Objects.requireNonNull(collection.resources().get(name)).value());
        }
        return response.build();
    }
}
