package dev.outrigger.stats;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/// A server that answers exactly these bytes on each connection, then closes or stays silent.
final class RawServer implements AutoCloseable {
    interface Talk {
        void talk(OutputStream out) throws IOException, InterruptedException;
    }

    private static final int BACKLOG = 256;

    private final ServerSocket listener;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private RawServer(Talk talk) {
        try {
            listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(() -> serve(talk));
    }

    static RawServer talking(Talk talk) {
        return new RawServer(talk);
    }

    static RawServer closingAfter(String answer) {
        return talking(out -> out.write(answer.getBytes(StandardCharsets.UTF_8)));
    }

    /// Sends this and then nothing, with the connection open.
    static RawServer silentAfter(String answer) {
        return talking(out -> {
            out.write(answer.getBytes(StandardCharsets.UTF_8));
            out.flush();
            Thread.currentThread().join();
        });
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/metrics");
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }

    private void serve(Talk talk) {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                threads.execute(() -> serve(socket, talk));
            } catch (IOException | RejectedExecutionException e) {
                // The test is over.
            }
        }
    }

    private static void serve(Socket accepted, Talk talk) {
        try (var socket = accepted) {
            readHead(socket.getInputStream());
            talk.talk(socket.getOutputStream());
        } catch (IOException e) {
            // The client went away.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void readHead(InputStream in) throws IOException {
        for (var newlines = 0; newlines < 2; ) {
            var next = in.read();
            if (next < 0) {
                return;
            }
            newlines = next == '\n' ? newlines + 1 : next == '\r' ? newlines : 0;
        }
    }
}
