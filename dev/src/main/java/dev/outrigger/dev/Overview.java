package dev.outrigger.dev;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.nds.NameTable;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.Optional;

/// What of a file is worth telling a human.
final class Overview {
    private Overview() {}

    /// Where a listener listens: `host:port`, or what its address is instead.
    static String address(Any resource) {
        try {
            var address = resource.unpack(Listener.class).getAddress();
            if (!address.hasSocketAddress()) {
                return address.hasPipe() ? "unix:" + address.getPipe().getPath() : "no socket";
            }
            var socket = address.getSocketAddress();
            return Addresses.text(socket.getAddress(), socket.getPortValue());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What the endpoints of a cluster are called; empty when it does not discover them.
    static Optional<String> endpoints(Any resource) {
        try {
            var cluster = resource.unpack(Cluster.class);
            var service = cluster.getEdsClusterConfig().getServiceName();
            return cluster.getType() == Cluster.DiscoveryType.EDS
                    ? Optional.of(service.isEmpty() ? cluster.getName() : service)
                    : Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    static NameTable table(Any resource) {
        try {
            return resource.unpack(NameTable.class);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
