package dev.outrigger.xds;

import static java.lang.System.Logger.Level.DEBUG;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import dev.outrigger.xds.StreamState.Wanted;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What one client's stream gives to the last known good, and is given from it while the control plane is away.
/// Owned by the stream's context.
final class StreamSnapshot implements Keeper {
    private static final System.Logger log = System.getLogger(StreamSnapshot.class.getName());
    private static final String CONFIG = "type.googleapis.com/envoy.config.";
    private static final List<String> ORDER = List.of(
            CONFIG + "cluster.v3.Cluster",
            CONFIG + "endpoint.v3.ClusterLoadAssignment",
            CONFIG + "listener.v3.Listener",
            CONFIG + "route.v3.ScopedRouteConfiguration",
            CONFIG + "route.v3.RouteConfiguration");

    private final Protocol protocol;
    private final KnownGood known;
    private final String noncePrefix;
    private final Map<String, Set<String>> served = new HashMap<>();
    private final Set<String> unanswered = new HashSet<>();
    private @Nullable Client client;
    private int nonces;

    /// @param noncePrefix no control plane's nonce starts so; differs from stream to stream
    StreamSnapshot(Protocol protocol, KnownGood known, String noncePrefix) {
        this.protocol = protocol;
        this.known = known;
        this.noncePrefix = noncePrefix;
    }

    /// The client said who it is; the first time counts.
    void node(ClientNode node) {
        if (client != null) {
            return;
        }
        client = new Client(node.id(), node.program());
        known.opened(client);
    }

    void closed() {
        if (client != null) {
            known.closed(client);
        }
    }

    @Override
    public boolean keeps(String typeUrl) {
        return KnownGood.keeps(typeUrl);
    }

    @Override
    public boolean isOwn(String nonce) {
        return nonce.startsWith(noncePrefix);
    }

    @Override
    public void acked(String typeUrl, Sent push, Scope scope) {
        if (client != null) {
            known.acked(new Accepted(client, protocol, typeUrl, push, push.takeRaw(), scope, known.isAlone(client)));
        }
    }

    void answered(String nonce) {
        unanswered.remove(nonce);
    }

    /// A push that {@link #replies} gave has no answer yet, so what the client holds is not known.
    boolean awaitsAnswer() {
        return !unanswered.isEmpty();
    }

    /// The pushes that the client is owed from what is kept: what it wants, is there and has not been sent.
    ///
    /// In the order in which the protocol has them made before they are broken: clusters, endpoints, listeners,
    /// routes, then the rest (xDS protocol, "Eventual consistency considerations").
    List<Push> replies(List<Wanted> wanted) {
        var pushes = new ArrayList<Push>();
        var ordered = new ArrayList<>(wanted);
        ordered.sort(Comparator.comparingInt(type -> rank(type.typeUrl())));
        for (var type : ordered) {
            var push = client == null ? null : known.read(client, type.typeUrl(), kept -> reply(type, kept));
            if (push != null) {
                unanswered.add(push.nonce());
                pushes.add(push);
            }
        }
        return pushes;
    }

    private static int rank(String typeUrl) {
        int rank = ORDER.indexOf(typeUrl);
        return rank < 0 ? ORDER.size() : rank;
    }

    private @Nullable Push reply(Wanted wanted, KeptType kept) {
        boolean first = !served.containsKey(wanted.typeUrl());
        if (kept.whole() != null) {
            return first && protocol == Protocol.SOTW ? whole(wanted.typeUrl(), kept.whole()) : null;
        }
        var resources = kept.resources();
        int[] rows = resources.rows(wanted.all(), wanted.names());
        var names = Arrays.stream(rows).mapToObj(resources::name).collect(Collectors.toSet());
        var sent = served.getOrDefault(wanted.typeUrl(), new HashSet<>());
        sent.retainAll(names);
        // An empty push says "there is none", which ends the wait of one who asks for everything.
        if (sent.size() == names.size() && !(first && wanted.all())) {
            return null;
        }
        int[] due = Arrays.stream(rows)
                .filter(row -> !sent.contains(resources.name(row)))
                .toArray();
        sent.addAll(names);
        served.put(wanted.typeUrl(), sent);
        return push(wanted.typeUrl(), kept, protocol == Protocol.DELTA ? due : rows);
    }

    private Push push(String typeUrl, KeptType type, int[] rows) {
        var nonce = nonce();
        var resources = type.resources();
        var writer = new Writer().string(1, type.version());
        for (int row : rows) {
            if (protocol == Protocol.SOTW) {
                resources.writeValue(row, writer, 2);
            } else {
                var resource = new Writer().string(1, resources.version(row));
                resources.writeValue(row, resource, 2);
                writer.message(2, resource.string(3, resources.name(row)));
            }
        }
        var raw = writer.string(4, typeUrl).string(5, nonce).toBytes();
        try {
            return Push.read(protocol, Message.of(raw));
        } catch (ProtocolException e) {
            throw new IllegalStateException("what was written just now cannot be read", e);
        }
    }

    /// The response as it came, under a nonce of ours.
    private @Nullable Push whole(String typeUrl, byte[] response) {
        var nonce = nonce();
        var writer = new Writer();
        try {
            for (var fields = new Fields(response); fields.next(); ) {
                if (fields.number() != 5) {
                    fields.copyTo(writer);
                }
            }
            var push = Push.read(protocol, Message.of(writer.string(5, nonce).toBytes()));
            served.put(typeUrl, new HashSet<>());
            return push;
        } catch (ProtocolException e) {
            log.log(DEBUG, "a kept push cannot be read type={0}: {1}", typeUrl, e.getMessage());
            return null;
        }
    }

    private String nonce() {
        return noncePrefix + ++nonces;
    }
}
