package dev.outrigger.testkit;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import io.grpc.ServerCall;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one client of a {@link FakeControlPlane} is subscribed to, and what it was sent. Guarded by the control
/// plane.
final class FakeControlPlaneStream {
    private final int number;
    private final ServerCall<byte[], byte[]> call;
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    private int nonces;

    FakeControlPlaneStream(int number, ServerCall<byte[], byte[]> call) {
        this.number = number;
        this.call = call;
    }

    int number() {
        return number;
    }

    ServerCall<byte[], byte[]> call() {
        return call;
    }

    /// Takes a request in.
    ///
    /// @return whether the client may be owed a push of the type
    boolean onRequest(FakeControlPlaneRequest request) {
        return request.delta() ? onDelta(request) : onSotw(request);
    }

    /// The push that brings the client up to date; null when it is.
    byte @Nullable [] next(String typeUrl, FakeControlPlane.Collection all, boolean delta) {
        var subscription = subscriptions.get(typeUrl);
        if (subscription == null) {
            return null;
        }
        return delta ? nextDelta(typeUrl, all, subscription) : nextSotw(typeUrl, all, subscription);
    }

    private boolean onSotw(FakeControlPlaneRequest request) {
        var message = request.asSotw();
        var names = Set.copyOf(message.getResourceNamesList());
        var known = subscriptions.get(request.typeUrl());
        var subscription = known == null ? new Subscription() : known;
        subscriptions.put(request.typeUrl(), subscription);
        if (known == null) {
            subscription.version = message.getVersionInfo();
        } else if (!request.nonce().isEmpty() && !request.nonce().equals(subscription.nonce)) {
            return false; // answers an older push
        } else if (!names.equals(known.names)) {
            subscription.version = "";
        }
        subscription.names = new HashSet<>(names);
        subscription.wildcard = names.isEmpty();
        return true;
    }

    private boolean onDelta(FakeControlPlaneRequest request) {
        var message = request.asDelta();
        var known = subscriptions.get(request.typeUrl());
        var subscription = known == null ? new Subscription() : known;
        if (known == null) {
            subscriptions.put(request.typeUrl(), subscription);
            subscription.wildcard = message.getResourceNamesSubscribeCount() == 0;
            subscription.held.putAll(message.getInitialResourceVersionsMap());
        }
        for (var name : message.getResourceNamesSubscribeList()) {
            subscription.wildcard |= name.equals("*");
            subscription.names.add(name);
        }
        message.getResourceNamesUnsubscribeList().forEach(name -> {
            subscription.names.remove(name);
            subscription.held.remove(name);
        });
        return true;
    }

    private byte @Nullable [] nextSotw(String typeUrl, FakeControlPlane.Collection all, Subscription subscription) {
        if (all.version().equals(subscription.version)) {
            return null;
        }
        var response =
                DiscoveryResponse.newBuilder().setVersionInfo(all.version()).setTypeUrl(typeUrl);
        all.resources().forEach((name, resource) -> {
            if (subscription.covers(name)) {
                response.addResources(any(typeUrl, resource));
            }
        });
        subscription.version = all.version();
        subscription.nonce = nonce();
        return response.setNonce(subscription.nonce).build().toByteArray();
    }

    private byte @Nullable [] nextDelta(String typeUrl, FakeControlPlane.Collection all, Subscription subscription) {
        var response = DeltaDiscoveryResponse.newBuilder()
                .setSystemVersionInfo(all.version())
                .setTypeUrl(typeUrl);
        all.resources().forEach((name, resource) -> {
            if (subscription.covers(name) && !resource.version().equals(subscription.held.get(name))) {
                subscription.held.put(name, resource.version());
                response.addResources(Resource.newBuilder()
                        .setName(name)
                        .setVersion(resource.version())
                        .setResource(any(typeUrl, resource)));
            }
        });
        for (var name : Set.copyOf(subscription.held.keySet())) {
            if (!all.resources().containsKey(name)) {
                subscription.held.remove(name);
                response.addRemovedResources(name);
            }
        }
        if (response.getResourcesCount() == 0 && response.getRemovedResourcesCount() == 0) {
            return null;
        }
        return response.setNonce(nonce()).build().toByteArray();
    }

    /// Counted from 1 on every stream, as many control planes do.
    private String nonce() {
        return Integer.toString(++nonces);
    }

    private static Any any(String typeUrl, FakeControlPlane.Versioned resource) {
        return Any.newBuilder()
                .setTypeUrl(typeUrl)
                .setValue(ByteString.copyFrom(resource.value()))
                .build();
    }

    @Override
    public String toString() {
        return "stream " + number;
    }

    private static final class Subscription {
        Set<String> names = new HashSet<>();
        boolean wildcard;
        String version = "";
        String nonce = "";
        final Map<String, String> held = new HashMap<>();

        boolean covers(String name) {
            return wildcard || names.contains(name);
        }
    }
}
