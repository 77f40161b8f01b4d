package dev.outrigger.dev;

import dev.outrigger.proto.discovery.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.rpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Speaks the state-of-the-world protocol.
final class SotwClient extends TestClient<DiscoveryRequest, DiscoveryResponse> {
    private final Map<ResourceType, List<String>> names = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, DiscoveryResponse> latest = new EnumMap<>(ResourceType.class);

    SotwClient(InetSocketAddress server) {
        super(server);
    }

    /// Asks for these names, in place of those before.
    synchronized void want(ResourceType type, List<String> wanted) {
        names.put(type, List.copyOf(wanted));
        send(request(type, latest.getOrDefault(type, DiscoveryResponse.getDefaultInstance())));
    }

    private DiscoveryRequest request(ResourceType type, DiscoveryResponse response) {
        return DiscoveryRequest.newBuilder()
                .setNode(NODE)
                .setTypeUrl(type.typeUrl())
                .setVersionInfo(response.getVersionInfo())
                .setResponseNonce(response.getNonce())
                .addAllResourceNames(names.getOrDefault(type, List.of()))
                .build();
    }

    @Override
    StreamObserver<DiscoveryRequest> open(
            AggregatedDiscoveryServiceStub stub, StreamObserver<DiscoveryResponse> responses) {
        return stub.streamAggregatedResources(responses);
    }

    @Override
    Push apply(DiscoveryResponse response) {
        var type = type(response.getTypeUrl());
        latest.put(type, response);
        var held = new TreeMap<String, com.google.protobuf.Any>();
        response.getResourcesList().forEach(any -> held.put(nameOf(type, any), any));
        state.put(type, held);
        return new Push(type, response.getVersionInfo(), List.copyOf(held.keySet()), List.of());
    }

    @Override
    DiscoveryRequest answer(DiscoveryResponse response, @Nullable Status error) {
        var answer = request(type(response.getTypeUrl()), response);
        return error == null ? answer : answer.toBuilder().setErrorDetail(error).build();
    }
}
