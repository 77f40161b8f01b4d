package dev.outrigger.sds;

import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import java.util.List;

/// The state-of-the-world variant: each request lists all names that are wanted from then on.
final class SotwStream extends SecretStream<DiscoveryRequest, DiscoveryResponse> {
    static final String KIND = "sotw";

    private boolean begun;

    SotwStream(SecretService service, Peer<DiscoveryResponse> peer) {
        super(KIND, service, peer);
    }

    @Override
    void read(DiscoveryRequest request) {
        var nonce = request.getResponseNonce();
        if (!nonce.isEmpty() && !lastNonce().isEmpty() && !nonce.equals(lastNonce())) {
            return; // It answers an older response; the answer to the newest is still to come and carries the names.
        }
        node(request.getNode().getId());
        answered(nonce, request.hasErrorDetail() ? request.getErrorDetail() : null);
        var names = request.getResourceNamesList();
        var all = names.isEmpty() && (!begun || wantsAll());
        wantOnly(all ? List.of(ALL) : List.copyOf(names));
        begun = true;
    }

    @Override
    DiscoveryResponse response(String version, String nonce, List<SecretResource> resources) {
        return respond(version, nonce, resources);
    }

    static DiscoveryResponse respond(String version, String nonce, List<SecretResource> resources) {
        var response = DiscoveryResponse.newBuilder()
                .setTypeUrl(SecretResource.TYPE_URL)
                .setVersionInfo(version)
                .setNonce(nonce);
        resources.forEach(resource -> response.addResources(resource.body()));
        return response.build();
    }

    @Override
    String typeUrl(DiscoveryRequest request) {
        return request.getTypeUrl();
    }
}
