package dev.outrigger.h2;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A call with one request and one answer, on a connection of its own, which ends with it.
public final class UnaryCall {
    /// Eight digits. Source: gRPC over HTTP/2, Timeout.
    private static final long MOST_TIMEOUT = 99_999_999;

    private final EventLoop loop;
    private final CompletableFuture<byte[]> answer = new CompletableFuture<>();
    /// Owned by the loop, as its callbacks use it.
    private @Nullable H2Client client;

    /// It came to nothing.
    public static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient CallStatus status;

        FailedException(CallStatus status) {
            super(status.text());
            this.status = status;
        }

        /// The server's, or `UNAVAILABLE` with the reason when it cannot be asked, or `DEADLINE_EXCEEDED`.
        public CallStatus status() {
            return status;
        }
    }

    private UnaryCall(EventLoop loop) {
        this.loop = loop;
    }

    private void start(
            H2Client.Target target, H2Options options, String path, Map<String, String> headers, byte[] request) {
        client = H2Client.dial(target, loop, options, new H2Client.Listener() {
            @Override
            public void onReady() {
                ask(path, headers, request);
            }

            @Override
            public void onGoAway(String reason) {}

            @Override
            public void onClosed(String reason) {
                fail(new CallStatus(CallStatus.UNAVAILABLE, reason));
            }
        });
    }

    /// Dials, asks and waits for the answer. Not to be called on the loop.
    ///
    /// @param path `/package.Service/Method`
    /// @param headers further ones, in lower case
    /// @param limit for all of it
    public static byte[] call(
            H2Client.Target target,
            EventLoop loop,
            H2Options options,
            String path,
            Map<String, String> headers,
            byte[] request,
            Duration limit)
            throws FailedException, InterruptedException {
        var all = new HashMap<>(headers);
        all.put("grpc-timeout", Math.min(limit.toMillis(), MOST_TIMEOUT) + "m");
        var call = new UnaryCall(loop);
        loop.execute(() -> call.start(target, options, path, all, request));
        return call.await(limit);
    }

    private byte[] await(Duration limit) throws FailedException, InterruptedException {
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            throw new FailedException(new CallStatus(CallStatus.DEADLINE_EXCEEDED, ""));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FailedException failed
                    ? failed
                    : new FailedException(new CallStatus(CallStatus.INTERNAL, String.valueOf(e.getCause())));
        } finally {
            loop.execute(this::close);
        }
    }

    private void close() {
        if (client != null) {
            client.close();
        }
    }

    private void ask(String path, Map<String, String> headers, byte[] request) {
        var call = Objects.requireNonNull(client).call(path, headers, new CallListener() {
            private byte @Nullable [] message;

            @Override
            public void onMessage(RawMessage next) {
                message = next.toBytes();
                next.release();
            }

            @Override
            public void onReady() {}

            @Override
            public void onHalfClose() {}

            @Override
            public void onClosed(CallStatus status) {
                if (status.code() != CallStatus.OK) {
                    fail(status);
                } else if (message == null) {
                    fail(new CallStatus(CallStatus.INTERNAL, "no answer"));
                } else {
                    answer.complete(message);
                }
            }
        });
        call.send(RawMessage.of(request));
        call.halfClose();
        call.request(1);
    }

    private void fail(CallStatus status) {
        answer.completeExceptionally(new FailedException(status));
    }
}
