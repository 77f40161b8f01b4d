package dev.outrigger.dev;

import com.google.protobuf.Any;
import dev.outrigger.proto.discovery.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import dev.outrigger.proto.rpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Speaks the incremental protocol.
final class DeltaClient extends TestClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    private final Map<ResourceType, Map<String, String>> versions = new EnumMap<>(ResourceType.class);

    private int syncs;

    DeltaClient(InetSocketAddress server) {
        super(server);
    }

    /// Goes on with what another one held.
    DeltaClient(InetSocketAddress server, DeltaClient before) {
        super(server);
        for (var type : ResourceType.values()) {
            state.put(type, new TreeMap<>(before.held(type)));
            versions.put(type, before.versions(type));
        }
    }

    synchronized Map<String, String> versions(ResourceType type) {
        return new TreeMap<>(versions.getOrDefault(type, Map.of()));
    }

    /// The first request of a type, with the versions of what is held.
    void begin(ResourceType type, String... names) {
        begin(type, List.of(names));
    }

    void begin(ResourceType type, List<String> names) {
        send(DeltaDiscoveryRequest.newBuilder()
                .setNode(NODE)
                .setTypeUrl(type.typeUrl())
                .addAllResourceNamesSubscribe(names)
                .putAllInitialResourceVersions(versions(type))
                .build());
    }

    void subscribe(ResourceType type, String... names) {
        send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.typeUrl())
                .addAllResourceNamesSubscribe(List.of(names))
                .build());
    }

    /// Waits until the server has taken all that was sent before.
    void sync() throws InterruptedException {
        var nobody = "nobody-" + ++syncs;
        subscribe(ResourceType.NAMES, nobody);
        awaitRemoved(nobody);
    }

    /// A client forgets what it no longer wants.
    synchronized void unsubscribe(ResourceType type, String... names) {
        for (var name : names) {
            state.getOrDefault(type, new TreeMap<>()).remove(name);
            versions.getOrDefault(type, new TreeMap<>()).remove(name);
        }
        send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.typeUrl())
                .addAllResourceNamesUnsubscribe(List.of(names))
                .build());
    }

    @Override
    StreamObserver<DeltaDiscoveryRequest> open(
            AggregatedDiscoveryServiceStub stub, StreamObserver<DeltaDiscoveryResponse> responses) {
        return stub.deltaAggregatedResources(responses);
    }

    @Override
    Push apply(DeltaDiscoveryResponse response) {
        var type = type(response.getTypeUrl());
        Map<String, Any> held = state.computeIfAbsent(type, _ -> new TreeMap<>());
        Map<String, String> known = versions.computeIfAbsent(type, _ -> new TreeMap<>());
        for (var resource : response.getResourcesList()) {
            held.put(resource.getName(), resource.getResource());
            known.put(resource.getName(), resource.getVersion());
        }
        for (var name : response.getRemovedResourcesList()) {
            held.remove(name);
            known.remove(name);
        }
        return new Push(
                type,
                response.getSystemVersionInfo(),
                response.getResourcesList().stream().map(Resource::getName).toList(),
                List.copyOf(response.getRemovedResourcesList()));
    }

    @Override
    DeltaDiscoveryRequest answer(DeltaDiscoveryResponse response, @Nullable Status error) {
        var answer = DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce());
        return error == null ? answer.build() : answer.setErrorDetail(error).build();
    }
}
