package dev.outrigger.agent.probe;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Runs probes, each on the caller's thread, which waits: a virtual one. Any number at once.
///
/// Connections to this machine come from 127.0.0.6, which Istio's redirection of traffic leaves alone, so that a
/// probe reaches the application and not Envoy.
public final class Prober {
    private static final byte[] SOURCE = {127, 0, 0, 6};
    private static final int LINGER_SECONDS = 1;

    private final EventLoopGroup loops;

    /// @param loops carry gRPC probes, epoll
    public Prober(EventLoopGroup loops) {
        this.loops = loops;
    }

    /// Asks.
    ///
    /// @param headers of whoever asks for it, passed on to HTTP; by name in lower case
    public ProbeResult run(Probe probe, Map<String, String> headers) {
        try {
            return switch (probe) {
                case Probe.Http http -> new HttpProbe(http, headers).run();
                case Probe.Tcp tcp -> connect(tcp);
                case Probe.Grpc grpc -> GrpcProbe.run(grpc, loops.next());
                case Probe.Exec exec -> exec(exec);
            };
        } catch (SocketTimeoutException e) {
            return ProbeResult.failed(describe(probe) + ": no answer within " + millis(probe));
        } catch (UnknownHostException e) {
            return ProbeResult.failed(describe(probe) + ": no such host");
        } catch (IOException | IllegalArgumentException e) {
            return ProbeResult.failed(describe(probe) + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ProbeResult.failed(describe(probe) + ": interrupted");
        }
    }

    static String describe(Probe probe) {
        return switch (probe) {
            case Probe.Http it -> "GET " + it.scheme() + "://" + authority(it.host(), it.port()) + it.path();
            case Probe.Tcp it -> "TCP " + authority(it.host(), it.port());
            case Probe.Grpc it ->
                "gRPC health of " + (it.service().isEmpty() ? "the server" : it.service()) + " at "
                        + authority(it.host(), it.port());
            case Probe.Exec it -> "command " + String.join(" ", it.command());
        };
    }

    static String authority(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private static String millis(Probe probe) {
        return probe.timeout().toMillis() + " ms";
    }

    private static ProbeResult connect(Probe.Tcp tcp) throws IOException {
        try (var _ = open(tcp.host(), tcp.port(), (int) tcp.timeout().toMillis())) {
            return ProbeResult.well("");
        }
    }

    /// @throws UnknownHostException when it has no address
    static InetSocketAddress resolve(String host, int port) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getAllByName(host)[0], port);
    }

    /// A connection from the source address that redirection leaves alone, where the system lets it have one.
    static Socket open(String host, int port, int timeoutMillis) throws IOException {
        var address = resolve(host, port);
        var socket = new Socket();
        try {
            source(address.getAddress()).ifPresent(from -> bind(socket, from));
            socket.setSoLinger(true, LINGER_SECONDS);
            socket.setTcpNoDelay(true);
            socket.connect(address, timeoutMillis);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /// 127.0.0.6 can reach only this machine.
    static Optional<InetAddress> source(InetAddress target) throws IOException {
        var isHere = target.isLoopbackAddress() || java.net.NetworkInterface.getByInetAddress(target) != null;
        return isHere && target.getAddress().length == 4
                ? Optional.of(InetAddress.getByAddress(SOURCE))
                : Optional.empty();
    }

    private static void bind(Socket socket, InetAddress from) {
        try {
            socket.bind(new InetSocketAddress(from, 0));
        } catch (IOException _) {
            // any source will do where there is no redirection
        }
    }

    private static ProbeResult exec(Probe.Exec exec) throws IOException, InterruptedException {
        var process = new ProcessBuilder(exec.command())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(exec.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedIOException("still runs after " + millis(exec) + ", killed");
            }
            return process.exitValue() == 0
                    ? ProbeResult.well("")
                    : ProbeResult.failed(describe(exec) + ": exit status " + process.exitValue());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
