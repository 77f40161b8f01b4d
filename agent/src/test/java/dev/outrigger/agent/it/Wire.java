package dev.outrigger.agent.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A TCP connection's way to a server, which can be cut.
final class Wire implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final InetSocketAddress server;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Wire(InetSocketAddress server, ServerSocket listener) {
        this.server = server;
        this.listener = listener;
    }

    static Wire to(InetSocketAddress server) throws IOException {
        var address = Ports.free();
        var wire = new Wire(server, new ServerSocket(address.getPort(), 50, InetAddress.getLoopbackAddress()));
        wire.threads.execute(wire::accept);
        return wire;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /// Ends every connection, as a load balancer does that goes away. New ones may come at once.
    void cut() {
        sockets.forEach(Wire::close);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var client = listener.accept();
                threads.execute(() -> connect(client));
            } catch (IOException e) {
                // closed, which the condition sees
            }
        }
    }

    private void connect(Socket client) {
        try (client;
                var upstream = new Socket()) {
            sockets.add(client);
            upstream.connect(server);
            upstream.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            var back = threads.submit(() -> carry(upstream, client));
            carry(client, upstream);
            back.cancel(true);
        } catch (IOException e) {
            // nobody serves: the client sees its connection end
        } finally {
            sockets.remove(client);
        }
    }

    /// Until either end is gone; then neither is left.
    private static void carry(Socket from, Socket to) {
        var buffer = new byte[BUFFER_BYTES];
        try {
            for (var read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                to.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            // one of them is closed
        }
        close(from);
        close(to);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is of no use any more
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
        threads.shutdownNow();
    }
}
