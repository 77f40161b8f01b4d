package dev.outrigger.agent.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.xds.XdsChannelCredentials;
import io.grpc.xds.XdsNameResolverProvider;
import io.grpc.xds.XdsServerBuilder;
import io.grpc.xds.XdsServerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// gRPC clients and servers as applications have them, which read the bootstrap that the agent wrote.
final class Proxyless implements AutoCloseable {
    private static final int LIMIT_SECONDS = 20;
    private static final AtomicInteger SCHEMES = new AtomicInteger();
    private static final Context.Key<SSLSession> SESSION = Context.key("session");

    private final Map<String, ?> bootstrap;
    private final XdsNameResolverProvider resolver;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();

    private Proxyless(Map<String, ?> bootstrap) {
        this.bootstrap = bootstrap;
        // `xds` itself reads the bootstrap once a process.
        this.resolver = XdsNameResolverProvider.createForTest("xds-test-" + SCHEMES.incrementAndGet(), bootstrap);
        NameResolverRegistry.getDefaultRegistry().register(resolver);
    }

    @SuppressWarnings("unchecked") // JSON is YAML
    static Proxyless of(Path bootstrapFile) throws IOException {
        var json = Files.readString(bootstrapFile);
        var load = new Load(LoadSettings.builder().build());
        return new Proxyless((Map<String, ?>) Objects.requireNonNull(load.loadFromString(json)));
    }

    ManagedChannel client(String service) {
        var credentials = XdsChannelCredentials.create(InsecureChannelCredentials.create());
        var channel = Grpc.newChannelBuilder(resolver.getDefaultScheme() + ":///" + service, credentials)
                .build();
        channels.add(channel);
        return channel;
    }

    /// The port of a server, which serves when it returns; its connections live for about a second. It answers with its
    /// name, and over TLS with the
    /// serial numbers of the client's and of its own certificate.
    int server(String name) {
        var credentials = XdsServerCredentials.create(InsecureServerCredentials.create());
        var serving = new CompletableFuture<Server>();
        var server = XdsServerBuilder.forPort(0, credentials)
                .overrideBootstrapForTest(bootstrap)
                .xdsServingStatusListener(new Failures(serving))
                .drainGraceTime(0, TimeUnit.SECONDS)
                .maxConnectionAge(1, TimeUnit.SECONDS)
                .addService(Greeting.service(() -> name + certificates()))
                .intercept(new SessionInContext())
                .build();
        servers.add(server);
        Thread.startVirtualThread(() -> start(server, serving)); // it waits for its listener as long as it takes
        return serving.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join().getPort();
    }

    private static void start(Server server, CompletableFuture<Server> serving) {
        try {
            serving.complete(server.start());
        } catch (IOException e) {
            serving.completeExceptionally(e);
        }
    }

    private static String certificates() {
        var session = SESSION.get();
        if (session == null) {
            return "";
        }
        try {
            return " " + serial(session.getPeerCertificates()) + " " + serial(session.getLocalCertificates());
        } catch (SSLPeerUnverifiedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String serial(Certificate @Nullable [] chain) {
        return ((X509Certificate) Objects.requireNonNull(chain)[0])
                .getSerialNumber()
                .toString(16);
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        servers.forEach(Server::shutdownNow);
        try {
            for (var channel : channels) {
                channel.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS);
            }
            for (var server : servers) {
                server.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        NameResolverRegistry.getDefaultRegistry().deregister(resolver);
    }

    private record Failures(CompletableFuture<Server> serving) implements XdsServerBuilder.XdsServingStatusListener {
        @Override
        public void onServing() {}

        @Override
        public void onNotServing(Throwable reason) {
            serving.completeExceptionally(reason);
        }
    }

    private static final class SessionInContext implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            var session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
            var context =
                    session == null ? Context.current() : Context.current().withValue(SESSION, session);
            return Contexts.interceptCall(context, call, headers, next);
        }
    }
}
