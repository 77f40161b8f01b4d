package dev.outrigger.sds;

import dev.outrigger.h2.CallStatus;
import dev.outrigger.proto.rpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One client's stream: what it wants, what it got, what it said. Whatever happens, {@link #flush} sends exactly
/// what is wanted and not yet sent, in one response; so certificate and root of one identity travel together, and
/// a slow reader gets the newest state instead of a queue. Source: the xDS protocol documentation of Envoy.
///
/// Owned by the service's loop, `status` may be read from anywhere.
///
/// @param <Q> a request of the protocol variant
/// @param <A> a response of the protocol variant
abstract sealed class SecretStream<Q, A> implements Requests<Q> permits SotwStream, DeltaStream {
    static final String ALL = "*";
    /// A client that never answers costs no more memory than this.
    private static final int MOST_UNANSWERED = 16;

    private static final int MOST_NAMES = 10_000;
    private static final long NEVER = 0;

    private final String kind;
    private final SecretService service;
    private final Peer<A> peer;
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
    private long changedAt = NEVER;
    private boolean ended;
    private volatile SdsStatus.Stream status;

    SecretStream(String kind, SecretService service, Peer<A> peer) {
        this.kind = kind;
        this.service = service;
        this.peer = peer;
        this.status = new SdsStatus.Stream(kind, "", List.of(), null, null, null, null);
    }

    /// One response that may still be answered.
    ///
    /// @param resources `name@version` each
    /// @param since when what it carries came to the agent; {@link #NEVER} when it was there before the client
    private record Push(String version, List<String> resources, long since) {}

    /// Reads one request of the variant into the methods below.
    abstract void read(Q request);

    /// @param version of the whole
    abstract A response(String version, String nonce, List<SecretResource> resources);

    abstract String typeUrl(Q request);

    @Override
    public final void received(Q request) {
        if (ended) {
            return;
        }
        var type = typeUrl(request);
        if (!SecretService.isServed(type)) {
            end();
            peer.end(SecretService.notServed(type));
            return;
        }
        read(request);
        if (wanted.size() > MOST_NAMES) {
            end();
            peer.end(new CallStatus(CallStatus.RESOURCE_EXHAUSTED, "more than " + MOST_NAMES + " names on one stream"));
            return;
        }
        flush();
    }

    @Override
    public final void ready() {
        flush();
    }

    @Override
    public final void gone() {
        end();
    }

    @Override
    public final void halfClosed() {
        if (!ended) {
            end();
            peer.end(new CallStatus(CallStatus.OK, ""));
        }
    }

    /// Something on offer changed.
    ///
    /// @param at when, by the clock of the metrics
    final void changed(long at) {
        if (changedAt == NEVER) {
            changedAt = at;
        }
        flush();
    }

    final void flush() {
        if (!ended && peer.isReady()) {
            var due = due();
            if (!due.isEmpty()) {
                push(service.shelf().version(), due);
            }
            changedAt = NEVER;
        }
        report();
    }

    private void push(String version, List<SecretResource> due) {
        due.forEach(resource -> sent.put(resource.name(), resource.version()));
        lastNonce = Long.toString(++nonces);
        lastVersion = version;
        unanswered.put(
                lastNonce,
                new Push(version, due.stream().map(SecretResource::toString).toList(), changedAt));
        peer.send(response(version, lastNonce, due));
        service.metrics().pushed(kind, due);
    }

    /// Whether any of what it wants has a key.
    final boolean wantsCertificate() {
        for (var name : wanted) {
            var secret = service.shelf().named(name);
            if (name.equals(ALL) || (secret != null && secret.kind() == SecretResource.Kind.CERTIFICATE)) {
                return true;
            }
        }
        return false;
    }

    final SdsStatus.Stream status() {
        return status;
    }

    final String lastNonce() {
        return lastNonce;
    }

    final boolean wants(String name) {
        return wanted.contains(name);
    }

    final boolean wantsAll() {
        return wanted.contains(ALL);
    }

    final void node(String id) {
        if (!id.isEmpty()) {
            node = Quote.of(id);
        }
    }

    final void want(String name) {
        if (wanted.add(name)) {
            service.shelf().retain(name);
        }
    }

    final void wantOnly(List<String> names) {
        names.forEach(this::want);
        if (wanted.size() > Set.copyOf(names).size()) {
            var kept = Set.copyOf(names);
            List.copyOf(wanted).stream().filter(name -> !kept.contains(name)).forEach(this::drop);
        }
        forgetUnwanted();
    }

    final void unwant(String name) {
        drop(name);
        forget(name);
        forgetUnwanted();
    }

    private void drop(String name) {
        if (wanted.remove(name)) {
            service.shelf().release(name);
        }
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

    /// Takes an ACK or, with an error, a NACK of one response; whatever answers none of ours, or one that was
    /// answered before, is ignored. What was refused is not sent again until it changes; the client keeps what it
    /// had.
    final void answered(String nonce, @Nullable Status error) {
        var push = unanswered.remove(nonce);
        if (push == null) {
            return;
        }
        if (error == null) {
            service.metrics().acked(kind);
            if (push.since() != NEVER) {
                service.metrics().accepted(push.since());
            }
            ackedVersion = push.version();
        } else {
            service.metrics().nacked(kind);
            service.nacked(node, push.resources(), error.getMessage());
            nackedVersion = push.version();
            nackText = Quote.of(error.getMessage());
        }
    }

    private List<SecretResource> due() {
        var shelf = service.shelf();
        var names = new LinkedHashSet<String>();
        if (wantsAll()) {
            names.addAll(shelf.conventional());
        }
        names.addAll(wanted);
        names.remove(ALL);
        var due = new ArrayList<SecretResource>();
        for (var name : names) {
            var resource = shelf.named(name);
            if (resource == null) {
                missing(name);
            } else if (!resource.version().equals(sent.get(name))) {
                due.add(resource);
            }
        }
        return due;
    }

    private void missing(String name) {
        var shelf = service.shelf();
        if (shelf.hasIdentity() && !shelf.isProvided(name) && !shelf.isExpired(name)) {
            service.unknown(name);
        }
    }

    private void report() {
        status = new SdsStatus.Stream(
                kind, node, List.copyOf(wanted), lastVersion, ackedVersion, nackedVersion, nackText);
    }

    final void end() {
        if (!ended) {
            ended = true;
            List.copyOf(wanted).forEach(this::drop);
            service.closed(this);
        }
    }
}
