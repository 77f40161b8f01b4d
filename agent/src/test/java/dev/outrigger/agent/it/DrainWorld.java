package dev.outrigger.agent.it;

import dev.outrigger.testkit.RawMethod;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/// A mesh whose Envoy carries HTTP/1.1, HTTP/2 with gRPC, and TCP, each inbound and outbound, to echoing servers.
final class DrainWorld implements AutoCloseable {
    static final MethodDescriptor<byte[], byte[]> ECHO = RawMethod.bidirectional("test.Echo/Echo");

    private final InetSocketAddress grpcServer = Ports.free();
    private final InetSocketAddress tcpServer = Ports.free();
    private final InetSocketAddress[] listeners = {
        Ports.free(), Ports.free(), Ports.free(), Ports.free(), Ports.free(), Ports.free()
    };
    private final Server grpc;
    private final TcpEcho tcp;
    private final Mesh mesh;

    private DrainWorld(Path folder) throws IOException {
        this.grpc = NettyServerBuilder.forAddress(grpcServer)
                .addService(ServerServiceDefinition.builder("test.Echo")
                        .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(DrainWorld::echo))
                        .build())
                .build()
                .start();
        this.tcp = TcpEcho.start(tcpServer);
        this.mesh = Mesh.start(folder, this::listening);
    }

    static DrainWorld start(Path folder) throws IOException {
        return new DrainWorld(folder);
    }

    Mesh mesh() {
        return mesh;
    }

    InetSocketAddress http(boolean inbound) {
        return listeners[inbound ? 0 : 1];
    }

    InetSocketAddress grpc(boolean inbound) {
        return listeners[inbound ? 2 : 3];
    }

    InetSocketAddress tcp(boolean inbound) {
        return listeners[inbound ? 4 : 5];
    }

    private static StreamObserver<byte[]> echo(StreamObserver<byte[]> back) {
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] message) {
                back.onNext(message);
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {
                back.onCompleted();
            }
        };
    }

    private String listening(String example) {
        var more = new StringBuilder();
        for (var inbound : new boolean[] {true, false}) {
            more.append(http("http", inbound, http(inbound), "application"));
            more.append(http("grpc", inbound, grpc(inbound), "grpc"));
            more.append(tcp(inbound, tcp(inbound)));
        }
        return example.replace("  # Where requests can go.\n  clusters:\n", more + "\n  clusters:\n" + clusters());
    }

    private static String listener(String name, boolean inbound, InetSocketAddress at) {
        return """
                    - name: %s
                      traffic_direction: %s
                      address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                      filter_chains:
                        - filters:
                """.formatted(name, inbound ? "INBOUND" : "OUTBOUND", at.getPort());
    }

    private static String http(String kind, boolean inbound, InetSocketAddress at, String cluster) {
        var name = (inbound ? "in-" : "out-") + kind;
        return listener(name, inbound, at) + """
                            - name: envoy.filters.network.http_connection_manager
                              typed_config:
                                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                                stat_prefix: %1$s
                                route_config:
                                  name: %1$s
                                  virtual_hosts:
                                    - name: all
                                      domains: ["*"]
                                      routes:
                                        - match: {prefix: /}
                                          route: {cluster: %2$s, timeout: 30s}
                                http_filters:
                                  - name: envoy.filters.http.router
                                    typed_config:
                                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                """.formatted(name, cluster);
    }

    private static String tcp(boolean inbound, InetSocketAddress at) {
        var name = (inbound ? "in-" : "out-") + "tcp";
        return listener(name, inbound, at) + """
                            - name: envoy.filters.network.tcp_proxy
                              typed_config:
                                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                                stat_prefix: %s
                                cluster: tcp
                """.formatted(name);
    }

    private String clusters() {
        return cluster("grpc", grpcServer, """
                      typed_extension_protocol_options:
                        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                          explicit_http_config: {http2_protocol_options: {}}
                """) + cluster("tcp", tcpServer, "");
    }

    private static String cluster(String name, InetSocketAddress server, String more) {
        return """
                    - name: %1$s
                      type: STATIC
                      connect_timeout: 5s
                      load_assignment:
                        cluster_name: %1$s
                        endpoints:
                          - lb_endpoints:
                              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}}
                """.formatted(name, server.getPort()) + more;
    }

    @Override
    public void close() throws IOException {
        mesh.close();
        grpc.shutdownNow();
        tcp.close();
    }
}
