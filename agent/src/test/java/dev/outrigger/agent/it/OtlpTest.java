package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.outrigger.testkit.TestCa;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The export of a real Envoy's metrics, an application's and the agent's own, as a collector sees it.
@Timeout(120)
class OtlpTest {
    private static final String OFTEN = "100";
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir
    private Path folder;

    /// What a collector was sent, by the names of the metrics, and the attributes of what they are of.
    private static final class Collector implements AutoCloseable {
        final Map<String, Metric> metrics = new ConcurrentHashMap<>();
        final Map<String, String> resource = new ConcurrentHashMap<>();
        final LinkedBlockingQueue<String> teams = new LinkedBlockingQueue<>();
        /// Whom the requests came from, where they had to say so.
        final Set<Certificate> clients = ConcurrentHashMap.newKeySet();
        private final HttpServer server;

        Collector(HttpServer server) {
            this.server = server;
            server.createContext("/v1/metrics", this::handle);
            server.start();
        }

        static Collector at(int port) throws IOException {
            return new Collector(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0));
        }

        int port() {
            return server.getAddress().getPort();
        }

        private void handle(HttpExchange exchange) throws IOException {
            var request = ExportMetricsServiceRequest.parseFrom(exchange.getRequestBody());
            if (exchange instanceof HttpsExchange secure) {
                try {
                    clients.add(secure.getSSLSession().getPeerCertificates()[0]);
                } catch (SSLPeerUnverifiedException _) {
                    // it did not have to
                }
            }
            for (var one : request.getResourceMetricsList()) {
                resource.putAll(one.getResource().getAttributesList().stream()
                        .collect(Collectors.toMap(
                                KeyValue::getKey, value -> value.getValue().getStringValue())));
                one.getScopeMetricsList()
                        .forEach(scope ->
                                scope.getMetricsList().forEach(metric -> metrics.put(metric.getName(), metric)));
            }
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
            teams.add(String.valueOf(exchange.getRequestHeaders().getFirst("x-team")));
        }

        Metric metric(String name) {
            var metric = metrics.get(name);
            assertThat(metric).as(name).isNotNull();
            return metric == null ? Metric.getDefaultInstance() : metric;
        }

        void stop() {
            server.stop(0);
        }

        @Override
        public void close() {
            stop();
        }
    }

    @Test
    void allThreeSourcesArriveAndAnOutageOfTheCollectorIsToldOnce() throws Exception {
        try (var mesh = Mesh.start(folder);
                var collector = Collector.at(0);
                var agent = mesh.agent(variables("http://127.0.0.1:" + collector.port()))) {
            agent.awaitReady();
            mesh.get("/greeting");
            agent.await(
                    "exporting",
                    () -> collector.metrics.containsKey("envoy_cluster_upstream_cx_connect_ms")
                            && collector.metrics.containsKey("outrigger_scrape_source_up"));

            var requests = collector.metric("envoy_cluster_upstream_rq_total").getSum();
            assertThat(requests.getIsMonotonic()).isTrue();
            assertThat(requests.getDataPointsList())
                    .anyMatch(point -> point.getAttributesList().stream()
                            .anyMatch(label -> label.getKey().equals("envoy_cluster_name")));
            assertThat(collector
                            .metric("envoy_server_live")
                            .getGauge()
                            .getDataPoints(0)
                            .getAsDouble())
                    .isEqualTo(1);
            var connects =
                    collector.metric("envoy_cluster_upstream_cx_connect_ms").getHistogram();
            assertThat(connects.getDataPointsList())
                    .allMatch(point -> point.getBucketCountsCount() == point.getExplicitBoundsCount() + 1);
            assertThat(collector.metric("hello_info").hasGauge()).isTrue();
            assertThat(collector.metric("outrigger_otlp_exports_total").getSum().getIsMonotonic())
                    .isTrue();
            assertThat(collector.resource).isEqualTo(Map.of("service.name", "shop", "zone", "a b"));
            assertThat(collector.teams.poll(10, TimeUnit.SECONDS)).isEqualTo("blue");

            collector.stop();
            agent.await("failing twice", () -> failures(agent) > 1);
            try (var back = Collector.at(collector.port())) {
                agent.await("exporting again", () -> back.metrics.containsKey("outrigger_scrape_source_up"));
                agent.await("telling so", () -> agent.log().contains("metrics are exported again"));

                assertThat(agent.log().lines().filter(line -> line.contains("metrics are not exported")))
                        .singleElement()
                        .asString()
                        .contains("/v1/metrics reason=Connection refused; tried again every");
            }
        }
    }

    @Test
    void anAgentThatEndsBeforeTheFirstExportSendsWhatEnvoyHasThen() throws Exception {
        try (var mesh = Mesh.start(folder);
                var collector = Collector.at(0)) {
            var variables = variables("http://127.0.0.1:" + collector.port());
            variables.put("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
            try (var agent = mesh.agent(variables)) {
                agent.awaitReady();
                mesh.get("/greeting");

                agent.terminate();

                assertThat(agent.awaitExit()).isZero();
                assertThat(collector.metrics).containsKeys("envoy_cluster_upstream_rq_total", "hello_info");
            }
        }
    }

    @Test
    void aCollectorWithACertificateIsTrustedByTheRootsInAFileWhateverTheyAreNow() throws Exception {
        var roots = Files.writeString(
                folder.resolve("roots.pem"), TestCa.create("other").rootPem());
        var ca = TestCa.create("collector");
        try (var mesh = Mesh.start(folder);
                var collector = new Collector(secure(ca.issue("localhost", Duration.ofHours(1))))) {
            var variables = variables("https://localhost:" + collector.port());
            variables.put("OTEL_EXPORTER_OTLP_CERTIFICATE", roots.toString());
            // What the image has.
            variables.put("JDK_JAVA_OPTIONS", "--limit-modules=java.base,java.logging,java.naming,jdk.unsupported");
            try (var agent = mesh.agent(variables)) {
                agent.await("failing", () -> agent.log().contains("metrics are not exported"));
                assertThat(agent.log()).contains("PKIX path building failed");

                var next = Files.writeString(folder.resolve("next.pem"), ca.rootPem());
                Files.move(next, roots, StandardCopyOption.ATOMIC_MOVE);

                agent.await("exporting", () -> collector.metrics.containsKey("envoy_server_live"));
                assertThat(failures(agent)).isPositive();
            }
        }
    }

    @Test
    void aCollectorThatWantsACertificateIsShownTheOneInTheFilesOnceTheyAreGood() throws Exception {
        var ca = TestCa.create("mesh");
        var own = ca.issue("agent", Duration.ofHours(1));
        var roots = Files.writeString(folder.resolve("roots.pem"), ca.rootPem());
        var certificate = Files.writeString(folder.resolve("tls.crt"), own.chainPem());
        var secret = "c2VjcmV0c2VjcmV0c2VjcmV0";
        var key = Files.writeString(
                folder.resolve("tls.key"), "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n");
        try (var mesh = Mesh.start(folder);
                var collector = new Collector(strict(ca.issue("localhost", Duration.ofHours(1)), ca))) {
            var variables = variables("https://localhost:" + collector.port());
            variables.put("OTEL_EXPORTER_OTLP_CERTIFICATE", roots.toString());
            variables.put("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate.toString());
            variables.put("OTEL_EXPORTER_OTLP_CLIENT_KEY", key.toString());
            // What the image has.
            variables.put("JDK_JAVA_OPTIONS", "--limit-modules=java.base,java.logging,java.naming,jdk.unsupported");
            try (var agent = mesh.agent(variables)) {
                agent.await("failing", () -> agent.log().contains("metrics are not exported"));
                assertThat(agent.log())
                        .contains("otlp-client-key " + key + " cannot be used, give a PEM file with the key of "
                                + certificate)
                        .doesNotContain(secret);

                var next = Files.writeString(folder.resolve("next.key"), own.keyPem());
                Files.move(next, key, StandardCopyOption.ATOMIC_MOVE);

                agent.await("exporting", () -> collector.metrics.containsKey("envoy_server_live"));
                assertThat(failures(agent)).isPositive();
                assertThat(collector.clients).containsOnly(own.leaf());
            }
        }
    }

    private static Map<String, String> variables(String endpoint) {
        return new HashMap<>(Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                endpoint,
                "OTEL_METRIC_EXPORT_INTERVAL",
                OFTEN,
                "OTEL_EXPORTER_OTLP_HEADERS",
                "x-team=blue",
                "OTEL_RESOURCE_ATTRIBUTES",
                "service.name=shop,zone=a%20b"));
    }

    private static double failures(AgentProcess agent) {
        return agent.ask("GET", "/metrics", "*/*")
                .body()
                .lines()
                .filter(line -> line.startsWith("outrigger_otlp_export_failures_total "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ", -1)[1]))
                .sum();
    }

    private static HttpServer secure(TestCa.Issued identity) throws Exception {
        return serve(context(identity, null), false);
    }

    /// Wants clients to show a certificate.
    private static HttpServer strict(TestCa.Issued identity, TestCa clients) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("root", clients.root());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return serve(context(identity, trust.getTrustManagers()), true);
    }

    private static SSLContext context(TestCa.Issued identity, TrustManager @Nullable [] trust) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", identity.key(), PASSWORD, identity.chain().toArray(new X509Certificate[0]));
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust, null);
        return context;
    }

    private static HttpServer serve(SSLContext context, boolean isStrict) throws IOException {
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                var wanted = context.getDefaultSSLParameters();
                wanted.setNeedClientAuth(isStrict);
                parameters.setSSLParameters(wanted);
            }
        });
        return server;
    }
}
