package dev.outrigger.dev;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/// The control plane alone in a process of its own, for benchmarks: serves the resources of one file, prints its
/// port, and ends when its standard input does, so that it cannot outlive whoever started it. Each line of that
/// input has it read the file again and push what changed; from the first one on it prints `acked TYPE-URL
/// VERSION` for each push that a client accepts. A file that cannot be read then is told on the standard error,
/// and nothing is pushed.
public final class Main {
    /// What protects the key store: nothing, as its keys live for one benchmark.
    static final String PASSWORD = "outrigger";

    private static final String USAGE = "usage: dev.outrigger.dev.Main FILE HOST:PORT [KEYSTORE]";

    private Main() {}

    /// Exits with 0 at the end of the standard input, with 1 when it cannot serve, with 64 for wrong usage.
    ///
    /// @param arguments the file; where to listen, port 0 takes a free one; and, for TLS, a PKCS #12 key store
    ///     with the password `outrigger`
    public static void main(String[] arguments) {
        if (arguments.length != 2 && arguments.length != 3) {
            System.err.println(USAGE);
            System.exit(64);
        }
        var store = arguments.length == 3 ? Path.of(arguments[2]) : null;
        var file = Path.of(arguments[0]);
        var hearing = new Hearing();
        try (var controlPlane = start(file, arguments[1], store, hearing)) {
            System.out.println(controlPlane.address().getPort());
            follow(System.in, file, hearing, controlPlane);
        } catch (DevFileException e) {
            e.problems().forEach(System.err::println);
            System.exit(1);
        } catch (IOException | GeneralSecurityException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    private static void follow(InputStream lines, Path file, Hearing hearing, ControlPlane controlPlane)
            throws IOException {
        var reader = new BufferedReader(new InputStreamReader(lines, StandardCharsets.UTF_8));
        while (reader.readLine() != null) {
            hearing.telling = true;
            try {
                controlPlane.publish(DevFile.read(file));
            } catch (DevFileException e) {
                e.problems().forEach(System.err::println);
            }
        }
    }

    static ControlPlane start(Path file, String address, @Nullable Path store, ControlPlane.Listener listener)
            throws IOException, GeneralSecurityException, DevFileException {
        var at = address(address);
        var served = DevFile.read(file);
        var clock = InstantSource.system();
        return store == null
                ? ControlPlane.start(at, served, listener, clock)
                : ControlPlane.start(at, served, listener, clock, security(store));
    }

    private static InetSocketAddress address(String text) throws IOException {
        var colon = text.lastIndexOf(':');
        try {
            return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException(text + ": no address; write it like 127.0.0.1:0", e);
        }
    }

    private static SslContext security(Path store) throws IOException, GeneralSecurityException {
        var keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        return GrpcSslContexts.configure(SslContextBuilder.forServer(managers), SslProvider.JDK)
                .build();
    }

    /// Tells refusals only, until it is asked for more: writing a log would take time from what is measured.
    static final class Hearing implements ControlPlane.Listener {
        private volatile boolean telling;

        @Override
        public void streamOpened(String node) {}

        @Override
        public void pushed(String node, String typeUrl, String version, ControlPlane.Changes changes) {}

        @Override
        public void acked(String node, String typeUrl, String version, Duration took) {
            if (telling) {
                System.out.println("acked " + typeUrl + " " + version);
            }
        }

        @Override
        public void nacked(String node, String typeUrl, String version, String reason) {
            System.err.println("REFUSED " + typeUrl + " version " + version + ": " + reason);
        }

        @Override
        public void streamClosed(String node) {}
    }
}
