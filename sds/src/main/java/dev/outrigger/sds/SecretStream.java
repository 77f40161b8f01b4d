package dev.outrigger.sds;

import dev.outrigger.proto.rpc.Status;
import dev.outrigger.sds.Secrets.Resource;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One client's stream: what it wants, what it got, what it said. Whatever happens, {@link #flush} sends exactly what
/// is wanted and not yet sent, in one response; so certificate and root of one identity travel together, and a slow
/// reader gets the newest state instead of a queue. Source: the xDS protocol documentation of Envoy.
///
/// Owned by the service's loop, on which gRPC calls it; `status` may be read from anywhere.
///
/// @param <Q> a request of the protocol variant
/// @param <A> a response of the protocol variant
abstract sealed class SecretStream<Q, A> implements StreamObserver<Q> permits SotwStream, DeltaStream {
    static final String ALL = "*";

    private final String kind;
    private final SecretService service;
    private final ServerCallStreamObserver<A> peer;
    private final Set<String> wanted = new LinkedHashSet<>();
    private final Map<String, String> sent = new HashMap<>();
    private List<Resource> lastSent = List.of();
    private String node = "";
    private String lastNonce = "";
    private long nonces;
    private boolean ended;
    private volatile SdsStatus.Stream status;

    SecretStream(String kind, SecretService service, ServerCallStreamObserver<A> peer) {
        this.kind = kind;
        this.service = service;
        this.peer = peer;
        this.status = new SdsStatus.Stream(kind, "", List.of(), null, null, null, null);
    }

    /// Registers with the service and with the call; once, before the first request.
    final void open() {
        peer.setOnCancelHandler(this::end);
        peer.setOnReadyHandler(this::flush);
        service.opened(this);
    }

    /// Reads one request of the variant into the methods below.
    abstract void read(Q request);

    /// @param version of the whole
    abstract A response(String version, String nonce, List<Resource> resources);

    abstract String typeUrl(Q request);

    @Override
    public final void onNext(Q request) {
        if (ended) {
            return;
        }
        var type = typeUrl(request);
        if (!type.isEmpty() && !type.equals(Secrets.TYPE_URL)) {
            end();
            peer.onError(io.grpc.Status.INVALID_ARGUMENT
                    .withDescription("this service has secrets only, not " + type)
                    .asRuntimeException());
            return;
        }
        read(request);
        flush();
    }

    @Override
    public final void onError(Throwable error) {
        end();
    }

    @Override
    public final void onCompleted() {
        end();
        peer.onCompleted();
    }

    final void flush() {
        var secrets = service.secrets();
        if (ended || secrets == null || !peer.isReady()) {
            report(status.sent(), status.acked());
            return;
        }
        var due = due(secrets);
        if (due.isEmpty()) {
            report(status.sent(), status.acked());
            return;
        }
        due.forEach(resource -> sent.put(resource.name(), resource.version()));
        lastSent = due;
        lastNonce = Long.toString(++nonces);
        peer.onNext(response(secrets.version(), lastNonce, due));
        service.metrics().pushed();
        report(secrets.version(), status.acked());
    }

    final SdsStatus.Stream status() {
        return status;
    }

    final String lastNonce() {
        return lastNonce;
    }

    final boolean wantsAll() {
        return wanted.contains(ALL);
    }

    final void node(String id) {
        if (!id.isEmpty()) {
            node = id;
        }
    }

    final void want(String name) {
        wanted.add(name);
    }

    final void wantOnly(List<String> names) {
        wanted.clear();
        wanted.addAll(names);
        sent.keySet().retainAll(wanted);
    }

    final void unwant(String name) {
        wanted.remove(name);
        sent.remove(name);
    }

    /// The client has this version already.
    final void has(String name, String version) {
        sent.put(name, version);
    }

    /// Forgets that it was sent, so that it is sent again.
    final void forget(String name) {
        sent.remove(name);
    }

    final void forgetAll() {
        sent.clear();
    }

    final void acked(String nonce) {
        service.metrics().acked();
        if (nonce.equals(lastNonce)) {
            report(status.sent(), status.sent());
        }
    }

    /// What was refused is not sent again until it changes; the client keeps what it had.
    final void nacked(Status error) {
        service.nacked(node, lastSent.stream().map(Resource::toString).toList(), error.getMessage());
        status = new SdsStatus.Stream(
                kind, node, List.copyOf(wanted), status.sent(), status.acked(), status.sent(), error.getMessage());
    }

    private List<Resource> due(Secrets secrets) {
        var names = new LinkedHashSet<String>();
        if (wantsAll()) {
            names.addAll(secrets.conventional());
        }
        names.addAll(wanted);
        names.remove(ALL);
        var due = new ArrayList<Resource>();
        for (var name : names) {
            var resource = secrets.named(name);
            if (resource == null) {
                service.unknown(name);
            } else if (!resource.version().equals(sent.get(name))) {
                due.add(resource);
            }
        }
        return due;
    }

    private void report(@Nullable String sentVersion, @Nullable String ackedVersion) {
        status = new SdsStatus.Stream(
                kind, node, List.copyOf(wanted), sentVersion, ackedVersion, status.nacked(), status.nackText());
    }

    private void end() {
        ended = true;
        service.closed(this);
    }
}
