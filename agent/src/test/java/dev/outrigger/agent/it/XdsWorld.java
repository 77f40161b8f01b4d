package dev.outrigger.agent.it;

import dev.outrigger.dev.DevFile;
import dev.outrigger.dev.DevFileException;
import dev.outrigger.dev.ResourceType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Random resources beside those of an example: what the control plane serves, what Envoy must hold of it, and
/// what it last accepted. At most one resource is broken at a time, and nothing else of its type changes
/// meanwhile.
///
/// Every state of a resource has a text of its own, a marker, somewhere in it.
final class XdsWorld {
    private static final int MOST_CLUSTERS = 4;
    private static final int MOST_LISTENERS = 3;
    private static final String NOWHERE = "nowhere";

    private final RandomGenerator random;
    private final String example;
    private final List<Integer> ports;
    private final Map<ResourceType, Map<String, String>> served = empty();
    private final Map<ResourceType, Map<String, String>> held = empty();
    private final Map<ResourceType, Map<String, String>> accepted = empty();
    private Broken broken;
    /// An Envoy that started since has not got it at all.
    private boolean lacking;
    private int markers;

    /// @param good what it was before
    private record Broken(ResourceType type, String name, String good) {}

    /// @param example in YAML
    XdsWorld(RandomGenerator random, String example) {
        this.random = random;
        this.example = example;
        this.ports = Stream.generate(() -> Ports.free().getPort())
                .limit(MOST_LISTENERS)
                .toList();
        while (served.values().stream().anyMatch(Map::isEmpty)) {
            change();
        }
    }

    /// What the control plane is to serve, in YAML.
    String yaml() {
        return yaml(served);
    }

    /// What Envoy must hold.
    DevFile wanted() {
        var wanted = copy(held);
        wanted.get(ResourceType.ROUTES)
                .keySet()
                .removeIf(route -> !held.get(ResourceType.LISTENERS).containsKey(route.replace("route", "listener")));
        wanted.get(ResourceType.ENDPOINTS)
                .keySet()
                .removeIf(
                        service -> !isDiscovered(held.get(ResourceType.CLUSTERS).getOrDefault(service, "")));
        return parse(yaml(wanted));
    }

    /// A text for each resource that a restarted Envoy must be given while the control plane is away.
    Set<String> acceptedMarkers() {
        return accepted.values().stream()
                .flatMap(it -> it.values().stream())
                .map(yaml -> yaml.replaceAll(".*(marker\\d+).*", "$1"))
                .collect(Collectors.toSet());
    }

    boolean isBroken() {
        return broken != null;
    }

    /// Whether an Envoy that starts now would get a broken part of something that is good as a whole.
    boolean isStartable() {
        return broken == null || broken.type() == ResourceType.CLUSTERS || broken.type() == ResourceType.LISTENERS;
    }

    /// What Envoy may lack since it started with a broken resource: it had no good one to keep.
    String brokenName() {
        return switch (broken == null ? ResourceType.NAMES : broken.type()) {
            case CLUSTERS -> "cluster " + broken.name();
            case LISTENERS -> "listener " + broken.name();
            default -> "";
        };
    }

    /// Envoy has not got it.
    void lacksBroken() {
        held.get(broken.type()).remove(broken.name());
        lacking = true;
    }

    /// Envoy was served what was accepted of it before: the agent did not reach the control plane soon enough.
    void hasGoodOfBroken() {
        var good = accepted.get(broken.type()).get(broken.name());
        if (good != null) {
            held.get(broken.type()).put(broken.name(), good);
            lacking = false;
        }
    }

    /// Envoy does not ask for it, as it lacks what names it.
    private boolean isUnasked(ResourceType type, String name) {
        return lacking
                && broken != null
                && switch (type) {
                    case ENDPOINTS -> broken.type() == ResourceType.CLUSTERS && name.equals(broken.name());
                    case ROUTES -> broken.type() == ResourceType.LISTENERS && number(name) == number(broken.name());
                    default -> false;
                };
    }

    /// What of a type is accepted once it was served: all, and as before what Envoy does not ask for.
    private Map<String, String> acceptedOf(ResourceType type, Map<String, String> now) {
        var all = new LinkedHashMap<>(now);
        all.keySet().removeIf(name -> isUnasked(type, name));
        accepted.get(type).forEach((name, before) -> {
            if (isUnasked(type, name) && now.containsKey(name)) {
                all.put(name, before);
            }
        });
        return all;
    }

    /// The control plane reaches Envoy: all but what is broken is the same now, and accepted.
    void reach() {
        for (var type : served.keySet()) {
            var now = new LinkedHashMap<>(served.get(type));
            if (broken != null && broken.type() == type) {
                now.remove(broken.name());
                var before = held.get(type).get(broken.name());
                if (before != null) {
                    now.put(broken.name(), before);
                }
            } else {
                accepted.put(type, acceptedOf(type, now));
            }
            held.put(type, now);
        }
    }

    /// A new Envoy is served what was accepted.
    void restore() {
        held.clear();
        held.putAll(copy(accepted));
        lacking = false;
    }

    /// One to three changes.
    String change() {
        var changes = new ArrayList<String>();
        int count = 1 + random.nextInt(3);
        while (changes.size() < count) {
            var change = changeOne();
            if (!change.isEmpty()) {
                changes.add(change);
            }
        }
        return String.join(" & ", changes);
    }

    private String changeOne() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> addOrRemoveCluster();
            case 2 -> addOrRemoveListener();
            case 3 -> renew(ResourceType.LISTENERS);
            case 4 -> renew(ResourceType.CLUSTERS);
            case 5, 6 -> renew(ResourceType.ENDPOINTS);
            default -> renew(ResourceType.ROUTES);
        };
    }

    private String addOrRemoveCluster() {
        if (isTouchy(ResourceType.CLUSTERS) || isTouchy(ResourceType.ENDPOINTS)) {
            return "";
        }
        var name = "extra-" + random.nextInt(MOST_CLUSTERS);
        if (served.get(ResourceType.CLUSTERS).remove(name) != null) {
            served.get(ResourceType.ENDPOINTS).remove(name);
            return "remove " + name;
        }
        boolean discovered = random.nextInt(3) > 0;
        served.get(ResourceType.CLUSTERS).put(name, cluster(name, discovered));
        if (discovered) {
            served.get(ResourceType.ENDPOINTS).put(name, endpoints(name, "127.0.0.1"));
        }
        return "add " + name + (discovered ? " (EDS)" : "");
    }

    private String addOrRemoveListener() {
        if (isTouchy(ResourceType.LISTENERS) || isTouchy(ResourceType.ROUTES)) {
            return "";
        }
        int number = random.nextInt(MOST_LISTENERS);
        if (served.get(ResourceType.LISTENERS).remove("listener-" + number) != null) {
            served.get(ResourceType.ROUTES).remove("route-" + number);
            return "remove listener-" + number;
        }
        served.get(ResourceType.LISTENERS).put("listener-" + number, listener(number, "127.0.0.1"));
        served.get(ResourceType.ROUTES).put("route-" + number, route(number, false));
        return "add listener-" + number;
    }

    private String renew(ResourceType type) {
        var names = List.copyOf(served.get(type).keySet());
        boolean touchy = isTouchy(type) || (type == ResourceType.CLUSTERS && isTouchy(ResourceType.ENDPOINTS));
        if (touchy || names.isEmpty()) {
            return "";
        }
        var name = names.get(random.nextInt(names.size()));
        served.get(type).put(name, good(type, name));
        return "change " + type + " " + name;
    }

    private boolean isTouchy(ResourceType type) {
        return broken != null && broken.type() == type;
    }

    /// Breaks a resource.
    ///
    /// @return what; null when there is nothing to break
    String breakOne() {
        var choices = served.keySet().stream()
                .filter(type -> !served.get(type).isEmpty())
                .toList();
        if (broken != null || choices.isEmpty()) {
            return null;
        }
        var type = choices.get(random.nextInt(choices.size()));
        var names = List.copyOf(served.get(type).keySet());
        var name = names.get(random.nextInt(names.size()));
        broken = new Broken(type, name, served.get(type).get(name));
        served.get(type).put(name, bad(type, name));
        return type + " " + name;
    }

    /// Repairs it: to what it was, or to something new.
    void heal() {
        served.get(broken.type())
                .put(broken.name(), random.nextBoolean() ? broken.good() : good(broken.type(), broken.name()));
        broken = null;
        lacking = false;
    }

    private String good(ResourceType type, String name) {
        return switch (type) {
            case CLUSTERS -> cluster(name, served.get(ResourceType.ENDPOINTS).containsKey(name));
            case ENDPOINTS -> endpoints(name, "127.0.0.1");
            case LISTENERS -> listener(number(name), "127.0.0.1");
            case ROUTES -> route(number(name), false);
            case NAMES -> throw new AssertionError(name);
        };
    }

    private String bad(ResourceType type, String name) {
        return switch (type) {
            case CLUSTERS ->
                "- {name: " + name + ", type: STATIC, connect_timeout: 1s, alt_stat_name: " + marker()
                        + ", load_assignment: " + endpoints(name, NOWHERE).substring(2) + "}";
            case ENDPOINTS -> endpoints(name, NOWHERE);
            case LISTENERS -> listener(number(name), NOWHERE);
            case ROUTES -> route(number(name), true);
            case NAMES -> throw new AssertionError(name);
        };
    }

    private String cluster(String name, boolean discovered) {
        return "- {name: " + name + ", connect_timeout: 1s, alt_stat_name: " + marker()
                + (discovered
                        ? ", type: EDS, eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}}"
                        : ", type: STATIC, load_assignment: {cluster_name: " + name + "}}");
    }

    private static boolean isDiscovered(String cluster) {
        return cluster.contains("type: EDS");
    }

    private String endpoints(String name, String address) {
        return "- {cluster_name: " + name + ", endpoints: [{locality: {region: " + marker()
                + "}, lb_endpoints: [{endpoint: {address: {socket_address: {address: " + address
                + ", port_value: 9}}}}]}]}";
    }

    private String listener(int number, String address) {
        return "- {name: listener-" + number + ", stat_prefix: " + marker() + ", address: {socket_address: {address: "
                + address + ", port_value: " + ports.get(number) + "}}, filter_chains: [{filters: ["
                + "{name: envoy.filters.network.http_connection_manager, typed_config: {\"@type\": type.googleapis.com/"
                + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: l, "
                + "rds: {route_config_name: route-" + number + ", config_source: {ads: {}, resource_api_version: V3}}, "
                + "http_filters: [{name: envoy.filters.http.router, typed_config: {\"@type\": type.googleapis.com/"
                + "envoy.extensions.filters.http.router.v3.Router}}]}}]}]}";
    }

    private String route(int number, boolean twice) {
        var host = "domains: [\"*\"], routes: [{match: {prefix: /}, direct_response: {status: 200, body: "
                + "{inline_string: " + marker() + "}}}]}";
        return "- {name: route-" + number + ", virtual_hosts: [{name: one, " + host
                + (twice ? ", {name: two, " + host : "") + "]}";
    }

    private String marker() {
        return "marker%05d".formatted(++markers);
    }

    private static int number(String name) {
        return Integer.parseInt(name.substring(name.indexOf('-') + 1));
    }

    private String yaml(Map<ResourceType, Map<String, String>> extra) {
        var yaml = example;
        for (var type : extra.keySet()) {
            var head = "\n  " + type.section() + ":\n";
            var lines = extra.get(type).values().stream()
                    .map(line -> "    " + line + "\n")
                    .collect(Collectors.joining());
            yaml = yaml.replace(head, head + lines);
        }
        return yaml;
    }

    private static DevFile parse(String yaml) {
        try {
            return DevFile.parse("wanted", yaml);
        } catch (DevFileException e) {
            throw new AssertionError(String.join("\n", e.problems()) + "\n" + yaml, e);
        }
    }

    private static Map<ResourceType, Map<String, String>> empty() {
        var map = new EnumMap<ResourceType, Map<String, String>>(ResourceType.class);
        for (var type :
                List.of(ResourceType.CLUSTERS, ResourceType.ENDPOINTS, ResourceType.LISTENERS, ResourceType.ROUTES)) {
            map.put(type, new LinkedHashMap<>());
        }
        return map;
    }

    private static Map<ResourceType, Map<String, String>> copy(Map<ResourceType, Map<String, String>> of) {
        var copy = empty();
        of.forEach((type, resources) -> copy.put(type, new LinkedHashMap<>(resources)));
        return copy;
    }
}
