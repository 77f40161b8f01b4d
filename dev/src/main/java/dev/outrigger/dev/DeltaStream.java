package dev.outrigger.dev;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A client that speaks the incremental protocol.
final class DeltaStream extends DiscoveryStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    DeltaStream(ControlPlane controlPlane, ServerCallStreamObserver<DeltaDiscoveryResponse> answers) {
        super(controlPlane, answers);
    }

    @Override
    Envelope envelope(DeltaDiscoveryRequest request) {
        return new Envelope(
                request.getNode().getId(),
                request.getTypeUrl(),
                request.getResponseNonce(),
                request.hasErrorDetail() ? request.getErrorDetail().getMessage() : null);
    }

    @Override
    void take(DeltaDiscoveryRequest request, Subscription subscription, boolean again) {
        subscription.takeDelta(
                request.getResourceNamesSubscribeList(),
                request.getResourceNamesUnsubscribeList(),
                request.getInitialResourceVersionsMap());
    }

    /// Envoy waits for the endpoints of a changed cluster, for 15 s unless it is told otherwise, and a delta
    /// client does not ask again for what it is subscribed to.
    @Override
    List<String> awaited(String typeUrl, Snapshot.Collection collection, Subscription.Update update) {
        return typeUrl.equals(ResourceType.CLUSTERS.typeUrl())
                ? update.changed().stream()
                        .map(name -> Overview.endpoints(
                                Objects.requireNonNull(collection.resources().get(name))
                                        .value()))
                        .flatMap(Optional::stream)
                        .toList()
                : List.of();
    }

    @Override
    DeltaDiscoveryResponse response(
            String typeUrl, String nonce, Snapshot.Collection collection, Subscription.Update update) {
        var response = DeltaDiscoveryResponse.newBuilder()
                .setSystemVersionInfo(Long.toString(collection.version()))
                .setTypeUrl(typeUrl)
                .setNonce(nonce)
                .addAllRemovedResources(update.removed());
        for (var names : List.of(update.added(), update.changed())) {
            for (var name : names) {
                var resource = Objects.requireNonNull(collection.resources().get(name));
                response.addResources(Resource.newBuilder()
                        .setName(name)
                        .setVersion(resource.version())
                        .setResource(resource.value()));
            }
        }
        return response.build();
    }
}
