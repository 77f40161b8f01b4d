package dev.outrigger.sds;

import dev.outrigger.h2.CallStatus;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/// One call of FetchSecrets: one request, one answer. Owned by the service's loop.
final class FetchCall implements Requests<DiscoveryRequest> {
    private final SecretShelf shelf;
    private final EventLoop loop;
    private final Peer<DiscoveryResponse> peer;
    private @Nullable SecretFetch fetch;

    FetchCall(SecretShelf shelf, EventLoop loop, Peer<DiscoveryResponse> peer) {
        this.shelf = shelf;
        this.loop = loop;
        this.peer = peer;
    }

    @Override
    public void received(DiscoveryRequest request) {
        if (fetch != null) {
            fetch.end();
            peer.end(new CallStatus(CallStatus.INTERNAL, "more than one request"));
        } else if (SecretService.isServed(request.getTypeUrl())) {
            fetch = new SecretFetch(shelf, request.getResourceNamesList(), peer);
            fetch.start(loop);
        } else {
            peer.end(SecretService.notServed(request.getTypeUrl()));
        }
    }

    @Override
    public void ready() {}

    @Override
    public void halfClosed() {
        if (fetch == null) {
            peer.end(new CallStatus(CallStatus.INTERNAL, "no request"));
        }
    }

    @Override
    public void gone() {
        if (fetch != null) {
            fetch.end();
        }
    }
}
