package dev.outrigger.sds;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import java.util.List;

/// The incremental variant: requests add and remove names. Names that nobody knows are held back, not reported as
/// removed: a client would drop what it has.
final class DeltaStream extends SecretStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    static final String KIND = "delta";

    private boolean begun;

    DeltaStream(SecretService service, Peer<DeltaDiscoveryResponse> peer) {
        super(KIND, service, peer);
    }

    @Override
    void read(DeltaDiscoveryRequest request) {
        node(request.getNode().getId());
        answered(request.getResponseNonce(), request.hasErrorDetail() ? request.getErrorDetail() : null);
        request.getResourceNamesUnsubscribeList().forEach(this::unwant);
        for (var name : request.getResourceNamesSubscribeList()) {
            want(name);
            forget(name);
        }
        if (!begun) {
            begin(request);
        }
    }

    private void begin(DeltaDiscoveryRequest request) {
        begun = true;
        if (request.getResourceNamesSubscribeCount() == 0) {
            want(ALL);
        }
        request.getInitialResourceVersionsMap().forEach(this::has);
    }

    @Override
    DeltaDiscoveryResponse response(String version, String nonce, List<SecretResource> resources) {
        var response = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(SecretResource.TYPE_URL)
                .setSystemVersionInfo(version)
                .setNonce(nonce);
        resources.forEach(resource -> response.addResources(dev.outrigger.proto.discovery.Resource.newBuilder()
                .setName(resource.name())
                .setVersion(resource.version())
                .setResource(resource.body())));
        return response.build();
    }

    @Override
    String typeUrl(DeltaDiscoveryRequest request) {
        return request.getTypeUrl();
    }
}
