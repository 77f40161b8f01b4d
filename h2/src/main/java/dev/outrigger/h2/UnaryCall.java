package dev.outrigger.h2;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A call with one request and one answer, on a connection of its own, which ends with it.
public final class UnaryCall {
    private final EventLoop loop;
    private final CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
    /// Owned by the loop, as its callbacks use it.
    private @Nullable H2Client client;

    /// It came to nothing.
    public static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient CallStatus status;

        private FailedException(CallStatus status, String message) {
            super(message);
            this.status = status;
        }

        /// The server's, or `UNAVAILABLE` with the reason when there is no connection to it.
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
            public void onClosed(String reason) {
                fail(new CallStatus(CallStatus.UNAVAILABLE, reason), reason);
            }
        });
    }

    /// Dials, asks and waits for the answer. Not to be called on the loop.
    ///
    /// @param path `/package.Service/Method`
    /// @param headers further ones, in lower case
    /// @param limit for all of it
    /// @return the message, empty when the server ended the call well without one
    public static Optional<byte[]> call(
            H2Client.Target target,
            EventLoop loop,
            H2Options options,
            String path,
            Map<String, String> headers,
            byte[] request,
            Duration limit)
            throws FailedException, TimeoutException, InterruptedException {
        var call = new UnaryCall(loop);
        loop.execute(() -> call.start(target, options, path, headers, request));
        return call.await(limit);
    }

    private Optional<byte[]> await(Duration limit) throws FailedException, TimeoutException, InterruptedException {
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FailedException failed) {
                throw failed;
            }
            throw new IllegalStateException(e);
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
            private Optional<byte[]> message = Optional.empty();

            @Override
            public void onMessage(RawMessage next) {
                message = Optional.of(next.toBytes());
                next.release();
            }

            @Override
            public void onClosed(CallStatus status) {
                if (status.code() == CallStatus.OK) {
                    answer.complete(message);
                } else {
                    fail(status, status.text());
                }
            }
        });
        call.send(RawMessage.of(request));
        call.halfClose();
        call.request(1);
    }

    private void fail(CallStatus status, String message) {
        answer.completeExceptionally(new FailedException(status, message));
    }
}
