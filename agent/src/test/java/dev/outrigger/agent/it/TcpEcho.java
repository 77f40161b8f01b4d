package dev.outrigger.agent.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Sends back what it gets.
final class TcpEcho implements AutoCloseable {
    private final ServerSocket server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private TcpEcho(ServerSocket server) {
        this.server = server;
    }

    static TcpEcho start(InetSocketAddress at) throws IOException {
        var echo = new TcpEcho(new ServerSocket(at.getPort(), 50, at.getAddress()));
        echo.threads.execute(echo::accept);
        return echo;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var client = server.accept();
                client.setTcpNoDelay(true);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                // closed, which the condition sees
            }
        }
    }

    private static void serve(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // the client is gone
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
