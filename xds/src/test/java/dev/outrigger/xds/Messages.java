package dev.outrigger.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.core.Node;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Discovery messages for tests.
final class Messages {
    static final String CDS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    static final String EDS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    static final String LDS = "type.googleapis.com/envoy.config.listener.v3.Listener";
    static final String NDS = "type.googleapis.com/istio.networking.nds.v1.NameTable";
    static final Node NODE =
            Node.newBuilder().setId("sidecar~10.0.0.1~a.b~b.svc").build();

    private Messages() {}

    static DiscoveryRequest.Builder sotw(String typeUrl, String... names) {
        return DiscoveryRequest.newBuilder().setTypeUrl(typeUrl).addAllResourceNames(List.of(names));
    }

    static DeltaDiscoveryRequest.Builder delta(String typeUrl, String... names) {
        return DeltaDiscoveryRequest.newBuilder().setTypeUrl(typeUrl).addAllResourceNamesSubscribe(List.of(names));
    }

    static DiscoveryRequest.Builder ack(DiscoveryResponse push, String... names) {
        return sotw(push.getTypeUrl(), names)
                .setVersionInfo(push.getVersionInfo())
                .setResponseNonce(push.getNonce());
    }

    static DeltaDiscoveryRequest.Builder ack(DeltaDiscoveryResponse push) {
        return delta(push.getTypeUrl()).setResponseNonce(push.getNonce());
    }

    static DiscoveryResponse sotwPush(byte[] message) {
        try {
            return DiscoveryResponse.parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    static DeltaDiscoveryResponse deltaPush(byte[] message) {
        try {
            return DeltaDiscoveryResponse.parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /// What is kept of a type for a client, by name; empty when nothing is known of it.
    static Map<String, HandledResource> kept(KnownGood known, Snapshot.Client client, String typeUrl) {
        var found = known.read(client, typeUrl, type -> {
            var resources = type.resources();
            var copies = new TreeMap<String, HandledResource>();
            for (int row = 0; row < resources.count(); row++) {
                var name = resources.name(row);
                copies.put(name, new HandledResource(name, resources.version(row), resources.value(row)));
            }
            return copies;
        });
        return found == null ? Map.of() : found;
    }

    /// Fields that no version of the protocol has, of every wire type.
    static byte[] withUnknownFields(byte[] message, RandomGenerator random) {
        var writer = new Writer().raw(message, 0, message.length);
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            int field = 100 + random.nextInt(5000);
            if (random.nextBoolean()) {
                writer.number(field, random.nextLong());
            } else {
                var value = new byte[random.nextInt(300)];
                random.nextBytes(value);
                writer.bytes(field, value);
            }
        }
        return writer.toBytes();
    }
}
