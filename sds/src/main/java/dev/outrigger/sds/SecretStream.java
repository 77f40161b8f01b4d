package dev.outrigger.sds;

import dev.outrigger.proto.rpc.Status;
import dev.outrigger.sds.Secrets.Resource;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    /// A client that never answers costs no more memory than this.
    private static final int MOST_UNANSWERED = 16;

    private final String kind;
    private final SecretService service;
    private final ServerCallStreamObserver<A> peer;
    private final Set<String> wanted = new LinkedHashSet<>();
    private final Map<String, String> sent = new HashMap<>();
    private final Map<String, Push> unanswered = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Push> eldest) {
            return size() > MOST_UNANSWERED;
        }
    };
    private String node = "";
    private String lastNonce = "";
    private @Nullable String lastVersion;
    private @Nullable String ackedVersion;
    private @Nullable String nackedVersion;
    private @Nullable String nackText;
    private long nonces;
    private boolean ended;
    private volatile SdsStatus.Stream status;

    SecretStream(String kind, SecretService service, ServerCallStreamObserver<A> peer) {
        this.kind = kind;
        this.service = service;
        this.peer = peer;
        this.status = new SdsStatus.Stream(kind, "", List.of(), null, null, null, null);
    }

    /// One response that may still be answered.
    ///
    /// @param resources `name@version` each
    private record Push(String version, List<String> resources) {}

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
        if (!ended && secrets != null && peer.isReady()) {
            var due = due(secrets);
            if (!due.isEmpty()) {
                push(secrets.version(), due);
            }
        }
        report();
    }

    private void push(String version, List<Resource> due) {
        due.forEach(resource -> sent.put(resource.name(), resource.version()));
        lastNonce = Long.toString(++nonces);
        lastVersion = version;
        unanswered.put(
                lastNonce,
                new Push(version, due.stream().map(Resource::toString).toList()));
        peer.onNext(response(version, lastNonce, due));
        service.metrics().pushed();
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
        forgetUnwanted();
    }

    final void unwant(String name) {
        wanted.remove(name);
        forget(name);
        forgetUnwanted();
    }

    /// The client has this version already.
    final void has(String name, String version) {
        sent.put(name, version);
        forgetUnwanted();
    }

    /// Forgets that it was sent, so that it is sent again.
    final void forget(String name) {
        sent.remove(name);
    }

    private void forgetUnwanted() {
        sent.keySet().removeIf(name -> !wanted.contains(name) && !(wantsAll() && service.isConventional(name)));
    }

    /// Takes an ACK or, with an error, a NACK of one response; whatever answers none of ours, or one that was answered
    /// before, is ignored. What was refused is not sent again until it changes; the client keeps what it had.
    final void answered(String nonce, @Nullable Status error) {
        var push = unanswered.remove(nonce);
        if (push == null) {
            return;
        }
        if (error == null) {
            service.metrics().acked();
            ackedVersion = push.version();
        } else {
            service.nacked(node, push.resources(), error.getMessage());
            nackedVersion = push.version();
            nackText = error.getMessage();
        }
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

    private void report() {
        status = new SdsStatus.Stream(
                kind, node, List.copyOf(wanted), lastVersion, ackedVersion, nackedVersion, nackText);
    }

    final void end() {
        ended = true;
        service.closed(this);
    }
}
