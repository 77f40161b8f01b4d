package dev.outrigger.agent.it;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// One way to send a request and see its answer. Owned by one thread.
interface Caller extends AutoCloseable {
    /// @throws IOException when the answer does not come, or is another one
    void call() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;

    /// HTTP/1.1 on a connection that is kept.
    static Caller http(InetSocketAddress server, String path) {
        var client = new KeepAliveClient(server);
        return new Caller() {
            @Override
            public void call() throws IOException {
                var answer = client.get(path);
                if (answer.status() != 200) {
                    throw new IOException(answer.toString());
                }
            }

            @Override
            public void close() throws IOException {
                client.close();
            }
        };
    }

    /// Pings on one TCP connection.
    static Caller tcp(InetSocketAddress server) {
        return new Caller() {
            private final Socket socket = new Socket();

            @Override
            public void call() throws IOException {
                if (!socket.isConnected()) {
                    socket.setSoTimeout(LIMIT_MILLIS);
                    socket.setTcpNoDelay(true);
                    socket.connect(server, LIMIT_MILLIS);
                }
                socket.getOutputStream().write("ping".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                var answer = socket.getInputStream().readNBytes(4);
                if (answer.length < 4) {
                    throw new IOException("the connection was closed instead of an answer");
                }
            }

            @Override
            public void close() throws IOException {
                socket.close();
            }
        };
    }

    /// A call of its own for each message, all on one connection: HTTP/2.
    static Caller grpc(InetSocketAddress server) {
        return new GrpcCaller(server, false);
    }

    /// One stream of messages.
    static Caller grpcStream(InetSocketAddress server) {
        return new GrpcCaller(server, true);
    }

    /// Of any wait.
    int LIMIT_MILLIS = 30_000;

    /// Both of them.
    final class GrpcCaller implements Caller, StreamObserver<byte[]> {
        private static final byte[] MESSAGE = {1, 2, 3};
        private static final byte[] END = {};
        private final ManagedChannel channel;
        private final boolean isStream;
        private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        private StreamObserver<byte[]> requests;

        GrpcCaller(InetSocketAddress server, boolean isStream) {
            this.channel = NettyChannelBuilder.forAddress(server).usePlaintext().build();
            this.isStream = isStream;
        }

        @Override
        public void call() throws IOException, InterruptedException {
            if (requests == null) {
                heard.clear();
                requests =
                        ClientCalls.asyncBidiStreamingCall(channel.newCall(DrainWorld.ECHO, CallOptions.DEFAULT), this);
            }
            requests.onNext(MESSAGE);
            expect(MESSAGE.length);
            if (!isStream) {
                complete();
            }
        }

        private void complete() throws IOException, InterruptedException {
            requests.onCompleted();
            requests = null;
            expect(0);
        }

        private void expect(int bytes) throws IOException, InterruptedException {
            var answer = heard.poll(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
            if (!(answer instanceof byte[] message) || message.length != bytes) {
                throw new IOException("instead of an answer: " + answer);
            }
        }

        @Override
        public void onNext(byte[] message) {
            heard.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            heard.add(cause);
        }

        @Override
        public void onCompleted() {
            heard.add(END);
        }

        @Override
        public void close() throws IOException {
            try {
                if (requests != null) {
                    complete();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                channel.shutdownNow();
            }
        }
    }
}
