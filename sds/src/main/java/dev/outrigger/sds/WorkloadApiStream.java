package dev.outrigger.sds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.outrigger.h2.Call;
import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.RawMessage;
import dev.outrigger.proto.workload.X509BundlesRequest;
import dev.outrigger.proto.workload.X509BundlesResponse;
import dev.outrigger.proto.workload.X509SVIDRequest;
import dev.outrigger.proto.workload.X509SVIDResponse;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// One connection with a stream of SVIDs and one of bundles; made new for each attempt, so that the pace of
/// reconnecting is ours. Callbacks come on the loop, on which it is used.
final class WorkloadApiStream implements H2Client.Listener {
    private static final String SERVICE = "/SpiffeWorkloadAPI/";
    private static final Map<String, String> SECURITY_HEADER = Map.of("workload.spiffe.io", "true");
    private static final int WINDOW = 1 << 18;
    /// That of gRPC.
    private static final int LARGEST_ANSWER = 4 << 20;

    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final H2Client client;
    private final Listener listener;
    private boolean ready;
    private boolean closed;

    /// Who is told.
    interface Listener {
        /// All SVIDs there are now.
        void answered(WorkloadApiStream from, X509SVIDResponse response);

        /// All bundles there are now.
        void bundles(WorkloadApiStream from, X509BundlesResponse response);

        /// The stream of SVIDs is over.
        void ended(WorkloadApiStream from, CallStatus status);

        /// The stream of bundles is over; the one of SVIDs may go on.
        void bundlesEnded(WorkloadApiStream from, CallStatus status);
    }

    /// Dials; both streams are opened once there is a connection.
    WorkloadApiStream(Path socket, EventLoop loop, Listener listener) {
        this.listener = listener;
        var target =
                new H2Client.Target(new DomainSocketAddress(socket.toFile()), "localhost", "localhost", null, CONNECT);
        var options = new H2Options(WINDOW, LARGEST_ANSWER, Duration.ZERO, Duration.ZERO);
        this.client = H2Client.dial(target, loop, options, this);
    }

    /// Opens the stream of bundles again, which brings what changes without a new SVID.
    void openBundles() {
        if (ready && !closed) {
            open(
                    "FetchX509Bundles",
                    X509BundlesRequest.getDefaultInstance(),
                    new Responses<>(X509BundlesResponse.parser(), listener::bundles, listener::bundlesEnded));
        }
    }

    /// Ends it; nothing is told any more.
    void close() {
        closed = true;
        client.close();
    }

    @Override
    public void onReady() {
        ready = true;
        open(
                "FetchX509SVID",
                X509SVIDRequest.getDefaultInstance(),
                new Responses<>(X509SVIDResponse.parser(), listener::answered, listener::ended));
        openBundles();
    }

    @Override
    public void onClosed(String reason) {
        listener.ended(this, new CallStatus(CallStatus.UNAVAILABLE, reason));
    }

    private void open(String method, MessageLite request, Responses<?> responses) {
        var call = client.call(SERVICE + method, SECURITY_HEADER, responses);
        responses.call = call;
        call.send(RawMessage.of(request.toByteArray()));
        call.halfClose();
        call.request(1);
    }

    private final class Responses<T> implements CallListener {
        private final Parser<T> parser;
        private final BiConsumer<WorkloadApiStream, T> next;
        private final BiConsumer<WorkloadApiStream, CallStatus> end;
        private @Nullable Call call;

        Responses(
                Parser<T> parser,
                BiConsumer<WorkloadApiStream, T> next,
                BiConsumer<WorkloadApiStream, CallStatus> end) {
            this.parser = parser;
            this.next = next;
            this.end = end;
        }

        @Override
        public void onMessage(RawMessage message) {
            var bytes = message.toBytes();
            message.release();
            T response;
            try {
                response = parser.parseFrom(bytes);
            } catch (InvalidProtocolBufferException e) {
                if (call != null) {
                    call.cancel();
                }
                end.accept(
                        WorkloadApiStream.this,
                        new CallStatus(CallStatus.INTERNAL, "the answer cannot be read: " + e.getMessage()));
                return;
            }
            next.accept(WorkloadApiStream.this, response);
            if (call != null) {
                call.request(1);
            }
        }

        @Override
        public void onClosed(CallStatus status) {
            if (!closed) {
                end.accept(WorkloadApiStream.this, status);
            }
        }
    }
}
