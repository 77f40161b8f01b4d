package dev.outrigger.sds;

import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A real Envoy with one TLS listener, which takes its certificate and its roots by SDS and wants a client
/// certificate.
final class RealEnvoy implements AutoCloseable {
    private static final int LIMIT_SECONDS = 20;
    private static final Pattern PORT = Pattern.compile("\"port_value\":\\s*(\\d+)");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final Path log;
    private final Path adminFile;

    private RealEnvoy(Process process, Path log, Path adminFile) {
        this.process = process;
        this.log = log;
        this.adminFile = adminFile;
    }

    /// @param api `GRPC` or `DELTA_GRPC`
    static RealEnvoy start(Path folder, Path sds, String api) throws IOException, InterruptedException {
        return start(folder, sds, api, "default", "ROOTCA");
    }

    /// @param certificate name of the secret that it shows
    /// @param roots name of the secret that it checks clients with; they must be of the trust domain
    ///     `test.example` or `far.example`
    static RealEnvoy start(Path folder, Path sds, String api, String certificate, String roots)
            throws IOException, InterruptedException {
        return start(folder, bootstrap(sds, tls(source(api), certificate, roots), ""));
    }

    /// One that puts a secret into a header of each request to the server at a port.
    ///
    /// @param secret name of the secret
    static RealEnvoy injecting(Path folder, Path sds, String secret, int port)
            throws IOException, InterruptedException {
        var upstream = """
                {"name": "upstream", "type": "STATIC", "load_assignment": {"cluster_name": "upstream", "endpoints": [
                 {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1",
                  "port_value": %d}}}}]}]}},""".formatted(port);
        return start(folder, bootstrap(sds, injector(source("GRPC"), secret), upstream));
    }

    private static RealEnvoy start(Path folder, String bootstrap) throws IOException, InterruptedException {
        var config = Files.writeString(folder.resolve("envoy.json"), bootstrap);
        var log = folder.resolve("envoy.log");
        var admin = folder.resolve("admin");
        var process = new ProcessBuilder(
                        Checkout.envoy().toString(),
                        "--config-path",
                        config.toString(),
                        "--admin-address-path",
                        admin.toString(),
                        "--use-dynamic-base-id",
                        "--concurrency",
                        "1")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new RealEnvoy(process, log, admin);
    }

    /// Where the listener is; waits until its secrets have come, because it does not listen before.
    InetSocketAddress address() throws InterruptedException {
        var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        var missing = "it waits for secrets";
        while (System.nanoTime() < end) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new AssertionError("Envoy exited with " + process.exitValue() + "\n" + log());
            }
            try {
                var port = PORT.matcher(admin("/listeners?format=json"));
                if (port.find()
                        && admin("/stats?filter=listener_create_success").contains(": 1")) {
                    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)));
                }
            } catch (IOException e) {
                missing = e.toString();
            }
        }
        throw new AssertionError("no listener; " + missing + "\n" + log());
    }

    String admin(String path) throws IOException, InterruptedException {
        var address = Files.readString(adminFile);
        if (address.isEmpty()) { // Envoy makes the file before it writes into it
            throw new IOException("the admin interface has no address yet");
        }
        var uri = URI.create("http://" + address + path);
        var request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly()
                .onExit()
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private static String source(String api) {
        return """
                {"resource_api_version": "V3", "api_config_source": {"api_type": "%s", "transport_api_version": "V3",
                 "grpc_services": [{"envoy_grpc": {"cluster_name": "sds"}}]}}""".formatted(api);
    }

    private static String bootstrap(Path sds, String filterChain, String clusters) {
        return """
                {"node": {"id": "test", "cluster": "test"},
                 "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
                 "static_resources": {
                  "clusters": [%3$s{
                   "name": "sds", "connect_timeout": "5s", "type": "STATIC",
                   "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": {"http2_protocol_options": {}}}},
                   "load_assignment": {"cluster_name": "sds", "endpoints": [{"lb_endpoints": [{"endpoint": {
                    "address": {"pipe": {"path": "%1$s"}}}}]}]}}],
                  "listeners": [{
                   "name": "tls",
                   "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
                   "filter_chains": [%2$s]}]}}
                """.formatted(sds, filterChain, clusters);
    }

    private static String tls(String source, String certificate, String roots) {
        return """
                {"filters": [{"name": "echo", "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo"}}],
                 "transport_socket": {"name": "tls", "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                  "require_client_certificate": true,
                  "common_tls_context": {
                   "tls_certificate_sds_secret_configs": [{"name": "%2$s", "sds_config": %1$s}],
                   "combined_validation_context": {
                    "default_validation_context": {"match_typed_subject_alt_names": [
                     {"san_type": "URI", "matcher": {"prefix": "spiffe://test.example/"}},
                     {"san_type": "URI", "matcher": {"prefix": "spiffe://far.example/"}}]},
                    "validation_context_sds_secret_config": {"name": "%3$s", "sds_config": %1$s}}}}}}
                """.formatted(source, certificate, roots);
    }

    private static String injector(String source, String secret) {
        return """
                {"filters": [{"name": "http", "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  "stat_prefix": "http",
                  "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"],
                   "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}]}]},
                  "http_filters": [
                   {"name": "injector", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
                    "overwrite": true,
                    "credential": {"name": "envoy.http.injected_credentials.generic", "typed_config": {
                     "@type": "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic",
                     "header_value_prefix": "Bearer ",
                     "credential": {"name": "%2$s", "sds_config": %1$s}}}}},
                   {"name": "router", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}
                """.formatted(source, secret);
    }
}
