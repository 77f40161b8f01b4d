package dev.outrigger.agent.envoy;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Asks Envoy which clusters and listeners it accepted and does not use yet, as something they name is missing.
/// Before Envoy has started, everything waits and none of it counts as warming: the condition `envoy` tells of
/// that.
///
/// Source: Envoy's admin interface, `/stats` and `/config_dump`.
public final class EnvoyWarming {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final int LONGEST_DUMP = 64 << 20;
    private static final String COUNTS =
            "/stats?filter=^(cluster_manager.warming_clusters|listener_manager.total_listeners_warming)$";
    private static final Pattern SOME = Pattern.compile(": [1-9]");

    private final LocalHttp admin;

    /// @param admin Envoy's admin address
    public EnvoyWarming(InetSocketAddress admin) {
        this.admin = new LocalHttp(admin, TIMEOUT);
    }

    /// Something another resource is named in.
    public enum Kind {
        /// Named in nothing else.
        CLUSTER("cluster", "envoy.config.cluster.v3.Cluster"),
        /// Named in nothing else.
        LISTENER("listener", "envoy.config.listener.v3.Listener"),
        /// Of a cluster.
        ENDPOINTS("endpoints", "envoy.config.endpoint.v3.ClusterLoadAssignment"),
        /// Of a listener.
        ROUTE("route", "envoy.config.route.v3.RouteConfiguration"),
        /// Of a listener's filter.
        EXTENSION("extension", "envoy.config.core.v3.TypedExtensionConfig"),
        /// Of either; the agent serves most.
        SECRET("certificate", "envoy.extensions.transport_sockets.tls.v3.Secret");

        private final String word;
        private final String type;

        Kind(String word, String type) {
            this.word = word;
            this.type = type;
        }

        /// For humans.
        public String word() {
            return word;
        }

        /// As on the wire.
        public String typeUrl() {
            return "type.googleapis.com/" + type;
        }
    }

    /// A name.
    public record Named(Kind kind, String name) {
        @Override
        public String toString() {
            return kind.word + " " + name;
        }
    }

    /// A resource that warms.
    ///
    /// @param since when Envoy got its present form
    /// @param needs what it names, there or not
    public record Resource(Named named, Instant since, Set<Named> needs) {
        /// Copies the set.
        public Resource {
            needs = Set.copyOf(needs);
        }
    }

    /// What warms now. Asks for two counters, and for the names only when there are some.
    ///
    /// @throws IOException when Envoy does not answer, or in no way that is understood
    public List<Resource> look() throws IOException {
        if (!SOME.matcher(ask(COUNTS)).find()) {
            return List.of();
        }
        try {
            var found = new ArrayList<>(parse(ask("/config_dump?resource=dynamic_warming_clusters")));
            found.addAll(parse(ask("/config_dump?resource=dynamic_listeners&mask=name,warming_state")));
            return List.copyOf(found);
        } catch (YamlEngineException | ClassCastException | DateTimeException e) {
            throw new IOException("Envoy's config dump is not understood: " + e.getMessage(), e);
        }
    }

    private String ask(String path) throws IOException {
        var answer = admin.ask("GET", path);
        // 404: there are none.
        return answer.status() == 200 ? answer.body() : "{}";
    }

    /// Reads a part of Envoy's config dump; what does not warm is left out.
    static List<Resource> parse(String json) {
        var settings = LoadSettings.builder()
                .setCodePointLimit(LONGEST_DUMP)
                .setAllowDuplicateKeys(true)
                .build();
        var found = new ArrayList<Resource>();
        for (var config : list(map(new Load(settings).loadFromString(json)).get("configs"))) {
            var dumped = map(config);
            if (dumped.get("warming_state") instanceof Map<?, ?> state) {
                found.add(resource(Kind.LISTENER, map(state), "listener"));
            } else if (dumped.containsKey("cluster")) {
                found.add(resource(Kind.CLUSTER, dumped, "cluster"));
            }
        }
        return found;
    }

    private static Resource resource(Kind kind, Map<?, ?> dumped, String field) {
        var resource = map(dumped.get(field));
        var needs = new LinkedHashSet<Named>();
        collect(resource, needs);
        var name = String.valueOf(resource.get("name"));
        return new Resource(new Named(kind, name), Instant.parse(String.valueOf(dumped.get("last_updated"))), needs);
    }

    private static void collect(Map<?, ?> message, Set<Named> needs) {
        var name = String.valueOf(message.get("name"));
        if (message.get("eds_cluster_config") instanceof Map<?, ?> eds) {
            var service = eds.get("service_name");
            needs.add(new Named(Kind.ENDPOINTS, service == null ? name : service.toString()));
        }
        if (message.get("route_config_name") instanceof String route) {
            needs.add(new Named(Kind.ROUTE, route));
        }
        if (message.containsKey("sds_config")) {
            needs.add(new Named(Kind.SECRET, name));
        }
        if (message.containsKey("config_discovery")) {
            needs.add(new Named(Kind.EXTENSION, name));
        }
        message.values().forEach(value -> within(value, needs));
    }

    private static void within(@Nullable Object value, Set<Named> needs) {
        if (value instanceof Map<?, ?> message) {
            collect(message, needs);
        } else if (value instanceof List<?> values) {
            values.forEach(one -> within(one, needs));
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }
}
