package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.subscribe;
import static dev.outrigger.sds.TestService.want;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.rpc.Status;
import dev.outrigger.proto.tls.Secret;
import dev.outrigger.testkit.TestCa;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random histories against a model that knows only the protocol: what the client wants, what it holds, and that
/// each step brings exactly the difference, in one response, or nothing while the client does not read.
class StreamModelTest {
    private static final int STEPS = 400;
    private static final String FAR = "spiffe://far.example";
    private static final List<String> NAMES = List.of(
            "default", "ROOTCA", "ALL", TestIdentities.ID, "spiffe://test.example", FAR, "unknown", "fake:a", "fake:b");
    private static final List<Identity> IDENTITIES = identities();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aStateOfTheWorldClientGetsExactlyWhatItWantsAndDoesNotHave(long seed) {
        try (var sds = new TestService()) {
            new Sotw(sds, new Random(seed)).play();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aDeltaClientGetsExactlyWhatItWantsAndDoesNotHave(long seed) {
        try (var sds = new TestService()) {
            new Delta(sds, new Random(seed)).play();
        }
    }

    private static List<Identity> identities() {
        var ca = TestCa.create("root");
        var other = TestCa.create("other");
        var all = new ArrayList<Identity>();
        for (var i = 0; i < 3; i++) {
            var identity = TestIdentities.of(ca);
            all.add(identity);
            all.add(TestIdentities.withBundle(identity, ca.root(), other.root()));
            all.add(TestIdentities.withFederated(identity, Map.of("far.example", List.of(other.root()))));
        }
        return all;
    }

    /// What the offered identity means for each name, in the words of the wire.
    private static Map<String, String> contents(@Nullable Identity identity) {
        if (identity == null) {
            return Map.of();
        }
        var certificate = identity.chainPem() + identity.keyPem();
        var contents = new HashMap<String, String>();
        contents.put("default", certificate);
        contents.put(TestIdentities.ID, certificate);
        contents.put("ROOTCA", identity.bundlePem());
        contents.put("spiffe://test.example", identity.bundlePem());
        var all = new TreeMap<>(Map.of("test.example", identity.bundlePem()));
        identity.federated().forEach((domain, roots) -> {
            contents.put("spiffe://" + domain, Pem.certificates(roots));
            all.put(domain, Pem.certificates(roots));
        });
        contents.put("ALL", all.toString());
        return contents;
    }

    private static String content(Secret secret) {
        if (secret.hasGenericSecret()) {
            return TestService.token(secret);
        }
        if (secret.hasTlsCertificate()) {
            return TestService.chain(secret) + TestService.key(secret);
        }
        return secret.getValidationContext().hasCustomValidatorConfig()
                ? TestService.trustDomains(secret).toString()
                : TestService.roots(secret);
    }

    /// One client and one history.
    private abstract static class Model<Q, A> {
        final Random random;
        final TestService sds;
        TestService.Client<Q, A> client;
        final Set<String> wanted = new HashSet<>();
        final Map<String, String> held = new TreeMap<>();
        final List<A> responses = new ArrayList<>();
        final Set<String> nonces = new HashSet<>();
        /// What is provided beside the identity; lasts while it is wanted.
        final Map<String, String> provided = new HashMap<>();

        boolean begun;
        private @Nullable Identity offered;
        private int texts;
        private int acks;
        private int nacks;
        private final Set<String> open = new HashSet<>();

        Model(TestService sds, Random random, TestService.Client<Q, A> client) {
            this.sds = sds;
            this.random = random;
            this.client = client;
        }

        abstract void request();

        abstract void reconnect();

        abstract List<Secret> secrets(A response);

        abstract String nonce(A response);

        void play() {
            for (var step = 0; step < STEPS; step++) {
                switch (random.nextInt(10)) {
                    case 0, 1 -> {
                        var next = IDENTITIES.get(random.nextInt(IDENTITIES.size()));
                        offered = next;
                        sds.offer(next);
                    }
                    case 2 -> client.peer.ready = false;
                    case 3, 4 -> client.becomeReady();
                    case 6 -> provide(random.nextBoolean() ? "fake:a" : "fake:b");
                    case 5 -> {
                        if (random.nextInt(8) == 0) {
                            client.cancel();
                            open.clear();
                            responses.clear();
                            nonces.clear();
                            provided.clear();
                            assertThat(sds.named.wanted).isEmpty();
                            reconnect();
                        }
                    }
                    default -> request();
                }
                check("step " + step);
            }
        }

        /// Somebody else finds a secret, or fails to, when he was asked for it.
        private void provide(String name) {
            var listener = sds.named.wanted.get(name);
            assertThat(listener != null).as(name).isEqualTo(wanted.contains(name));
            if (listener == null) {
                return;
            }
            if (random.nextInt(3) == 0) {
                listener.failed("not there");
            } else {
                var text = "text " + (random.nextInt(3) == 0 ? texts : ++texts);
                listener.found(SecretResource.token(name, text, Instant.MAX));
                provided.put(name, text);
            }
            sds.on(() -> {});
        }

        boolean wants(String name) {
            return wanted.contains(name) || (wanted.contains("*") && (name.equals("default") || name.equals("ROOTCA")));
        }

        /// Draws a nonce, and keeps count if it answers an open response.
        String draw(boolean refuse, boolean onlyNewest) {
            if (responses.isEmpty() || random.nextInt(6) == 0) {
                return "";
            }
            var newest = responses.getLast();
            var answered = random.nextInt(4) == 0 ? responses.get(random.nextInt(responses.size())) : newest;
            var nonce = random.nextInt(10) == 0 ? "never given" : nonce(answered);
            if ((!onlyNewest || nonce.equals(nonce(newest))) && open.remove(nonce)) {
                acks += refuse ? 0 : 1;
                nacks += refuse ? 1 : 0;
            }
            return nonce;
        }

        Status refusal() {
            return Status.newBuilder().setCode(13).setMessage("no").build();
        }

        List<String> someNames() {
            return NAMES.stream().filter(_ -> random.nextInt(3) == 0).toList();
        }

        private void check(String step) {
            held.keySet().removeIf(name -> !wants(name));
            var due = new TreeSet<String>();
            provided.keySet().retainAll(wanted);
            var contents = new HashMap<>(contents(offered));
            contents.putAll(provided);
            contents.forEach((name, content) -> {
                if (wants(name) && !content.equals(held.get(name))) {
                    due.add(name);
                }
            });
            var received = client.received();
            if (!client.peer.ready || due.isEmpty()) {
                assertThat(received).as(step).isEmpty();
            } else {
                assertThat(received).as(step).hasSize(1);
                take(step, received.getFirst(), due, contents);
            }
            assertThat(sds.count("outrigger.sds.acks")).as(step).isEqualTo(acks);
            assertThat(sds.count("outrigger.sds.nacks")).as(step).isEqualTo(nacks);
            assertThat(sds.service.status().streams()).as(step).hasSize(1);
        }

        private void take(String step, A response, Set<String> due, Map<String, String> contents) {
            var secrets = secrets(response);
            assertThat(secrets.stream().map(Secret::getName)).as(step).containsExactlyInAnyOrderElementsOf(due);
            secrets.forEach(secret -> {
                assertThat(content(secret)).as(step).isEqualTo(contents.get(secret.getName()));
                held.put(secret.getName(), content(secret));
            });
            assertThat(nonces.add(nonce(response))).as(step + ": a new nonce").isTrue();
            responses.add(response);
            open.add(nonce(response));
            if (responses.size() > 10) {
                open.remove(nonce(responses.removeFirst()));
            }
        }
    }

    private static final class Sotw extends Model<DiscoveryRequest, DiscoveryResponse> {
        Sotw(TestService sds, Random random) {
            super(sds, random, sds.sotw());
        }

        @Override
        void request() {
            var refuse = random.nextInt(5) == 0;
            var names = someNames();
            var nonce = draw(refuse, true);
            var request = want(names.toArray(String[]::new)).toBuilder().setResponseNonce(nonce);
            if (refuse) {
                request.setErrorDetail(refusal());
            }
            client.send(request.build());
            var stale = !nonce.isEmpty() && !responses.isEmpty() && !nonce.equals(nonce(responses.getLast()));
            if (!stale) {
                var all = names.isEmpty() && (!begun || wanted.contains("*"));
                wanted.clear();
                wanted.addAll(all ? List.of("*") : names);
                begun = true;
            }
        }

        @Override
        void reconnect() {
            client = sds.sotw();
            wanted.clear();
            held.clear();
            begun = false;
        }

        @Override
        List<Secret> secrets(DiscoveryResponse response) {
            return TestService.secrets(response);
        }

        @Override
        String nonce(DiscoveryResponse response) {
            return response.getNonce();
        }
    }

    private static final class Delta extends Model<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
        private final Map<String, String> versions = new HashMap<>();

        Delta(TestService sds, Random random) {
            super(sds, random, sds.delta());
        }

        @Override
        void request() {
            var refuse = random.nextInt(5) == 0;
            var adding = names();
            var removing = names();
            var request = subscribe(adding.toArray(String[]::new)).toBuilder()
                    .addAllResourceNamesUnsubscribe(removing)
                    .setResponseNonce(draw(refuse, false));
            if (refuse) {
                request.setErrorDetail(refusal());
            }
            client.send(request.build());
            apply(adding, removing);
        }

        private void apply(List<String> adding, List<String> removing) {
            wanted.removeAll(removing);
            provided.keySet().removeAll(removing);
            removing.forEach(held::remove);
            held.keySet().removeIf(name -> !wants(name));
            wanted.addAll(adding);
            adding.forEach(held::remove);
            if (!begun && adding.isEmpty()) {
                wanted.add("*");
            }
            begun = true;
        }

        private List<String> names() {
            var names = new ArrayList<>(random.nextInt(2) == 0 ? List.<String>of() : someNames());
            if (random.nextInt(12) == 0) {
                names.add("*");
            }
            return names;
        }

        /// Comes back with what it holds.
        @Override
        void reconnect() {
            client = sds.delta();
            var again = List.copyOf(wanted);
            var known = held.keySet().stream().collect(Collectors.toMap(name -> name, versions::get));
            client.send(subscribe(again.toArray(String[]::new)).toBuilder()
                    .putAllInitialResourceVersions(known)
                    .build());
            if (again.isEmpty()) {
                wanted.add("*");
            }
            begun = true;
        }

        @Override
        List<Secret> secrets(DeltaDiscoveryResponse response) {
            response.getResourcesList().forEach(resource -> versions.put(resource.getName(), resource.getVersion()));
            return TestService.secrets(response);
        }

        @Override
        String nonce(DeltaDiscoveryResponse response) {
            return response.getNonce();
        }
    }
}
