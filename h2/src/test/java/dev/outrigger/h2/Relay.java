package dev.outrigger.h2;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Passes every call from a socket on to a server, one message at a time in each direction, as it came.
final class Relay implements AutoCloseable {
    private final EventLoop loop;
    private final UnixListener listener;
    private final H2Server server;
    private final H2Client client;
    final CompletableFuture<String> ended = new CompletableFuture<>();

    Relay(Path socket, InetSocketAddress to, EventLoop loop, Duration pingEvery) throws Exception {
        this.loop = loop;
        var ready = new CompletableFuture<Void>();
        this.client = H2Client.dial(
                new H2Client.Target(to, "server:1", "server", null, Duration.ofSeconds(5)),
                loop,
                new H2Options(1 << 20, H2Options.ANY_SIZE, pingEvery, Duration.ofSeconds(10)),
                new H2Client.Listener() {
                    @Override
                    public void onReady() {
                        ready.complete(null);
                    }

                    @Override
                    public void onClosed(String reason) {
                        ready.completeExceptionally(new IOException(reason));
                        ended.complete(reason);
                    }
                });
        ready.get(10, TimeUnit.SECONDS);
        this.listener = UnixListener.bind(new UnixListener.Name("relay", "another"), socket, "rw-------");
        this.server = listener.serve(
                loop,
                H2Options.server(1 << 18, H2Options.ANY_SIZE),
                (call, path) -> path.equals("/test.Service/Unknown") ? null : new Pair(call, path).downListener);
    }

    @Override
    public void close() {
        server.close();
        loop.execute(client::close);
    }

    /// The two calls of one stream.
    private final class Pair {
        private final Call down;
        private final Call up;
        private boolean downAsked;
        private boolean upAsked;
        private boolean passing;
        private int large;
        final CallListener downListener = new CallListener() {
            @Override
            public void onMessage(RawMessage message) {
                downAsked = false;
                up.send(message);
                pump();
            }

            @Override
            public void onReady() {
                pump();
            }

            @Override
            public void onHalfClose() {
                up.cancel();
                down.close(new CallStatus(CallStatus.OK, ""));
            }

            @Override
            public void onClosed(CallStatus status) {
                up.cancel();
            }
        };

        Pair(Call down, String path) {
            this.down = down;
            this.up = client.call(path, Map.of("x-test", "yes"), new CallListener() {
                @Override
                public void onMessage(RawMessage message) {
                    upAsked = false;
                    if (passing) {
                        passing = false;
                        message.release();
                    } else {
                        Pair.this.down.send(message);
                    }
                    pump();
                }

                @Override
                public @Nullable Call onBeginning(RawMessage beginning) {
                    passing = ++large % 3 > 0; // the others are waited for
                    return passing ? Pair.this.down : null;
                }

                @Override
                public void onReady() {
                    pump();
                }

                @Override
                public void onClosed(CallStatus status) {
                    Pair.this.down.close(status);
                }
            });
            loop.execute(this::pump);
        }

        private void pump() {
            if (!downAsked && up.isReady()) {
                downAsked = true;
                down.request(1);
            }
            if (!upAsked && down.isReady()) {
                upAsked = true;
                up.request(1);
            }
        }
    }
}
