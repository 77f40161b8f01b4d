package dev.outrigger.agent.probe;

import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.RawMessage;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Asks `grpc.health.v1.Health/Check` once on a connection of its own. Source: the gRPC health checking protocol.
/// Owned by the event loop; the caller waits for `found`.
final class GrpcProbe implements H2Client.Listener, CallListener {
    private static final int WINDOW = 65_535;
    private static final int LARGEST = 4096;
    private static final int SERVING = 1;
    private static final byte FIELD_1_TEXT = 0x0a;
    private static final byte FIELD_1_NUMBER = 0x08;

    private final Probe.Grpc probe;
    private final CompletableFuture<ProbeResult> found = new CompletableFuture<>();
    private @Nullable H2Client client;
    private @Nullable ProbeResult result;

    private GrpcProbe(Probe.Grpc probe) {
        this.probe = probe;
    }

    static ProbeResult run(Probe.Grpc probe, EventLoop loop) throws IOException, InterruptedException {
        var address = Prober.resolve(probe.host(), probe.port());
        var asked = new GrpcProbe(probe);
        loop.execute(() -> asked.dial(address, loop));
        try {
            return asked.found.get(probe.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException();
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } finally {
            loop.execute(asked::close);
        }
    }

    private void dial(InetSocketAddress address, EventLoop loop) {
        var authority = Prober.authority(probe.host(), probe.port());
        var target = new H2Client.Target(address, authority, probe.host(), null, probe.timeout());
        client = H2Client.dial(target, loop, new H2Options(WINDOW, LARGEST, Duration.ZERO, Duration.ZERO), this);
    }

    private void close() {
        if (client != null) {
            client.close();
        }
    }

    @Override
    public void onReady() {
        var at = client;
        if (at == null || result != null || found.isDone()) {
            return;
        }
        result = ProbeResult.failed(Prober.describe(probe) + ": no status in the answer");
        var call = at.call("/grpc.health.v1.Health/Check", Map.of("user-agent", "outrigger-probe"), this);
        call.send(RawMessage.of(request(probe.service())));
        call.halfClose();
        call.request(1);
    }

    private static byte[] request(String service) {
        var name = service.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0) {
            return new byte[0];
        }
        if (name.length > 127) {
            throw new IllegalArgumentException("the service's name is longer than 127 bytes");
        }
        var message = new byte[name.length + 2];
        message[0] = FIELD_1_TEXT;
        message[1] = (byte) name.length;
        System.arraycopy(name, 0, message, 2, name.length);
        return message;
    }

    @Override
    public void onMessage(RawMessage message) {
        var bytes = message.toBytes();
        message.release();
        // A status of 0 is left out by proto3; UNKNOWN, NOT_SERVING, SERVICE_UNKNOWN are not SERVING.
        var status = bytes.length >= 2 && bytes[0] == FIELD_1_NUMBER ? bytes[1] : 0;
        result = status == SERVING
                ? ProbeResult.well("")
                : ProbeResult.failed(Prober.describe(probe) + ": health status " + name(status));
    }

    private static String name(int status) {
        return switch (status) {
            case 0 -> "UNKNOWN";
            case 2 -> "NOT_SERVING";
            case 3 -> "SERVICE_UNKNOWN";
            default -> Integer.toString(status);
        };
    }

    @Override
    public void onClosed(CallStatus status) {
        found.complete(
                status.code() == CallStatus.OK && result != null
                        ? result
                        : ProbeResult.failed(Prober.describe(probe) + ": " + status.text()));
    }

    @Override
    public void onHalfClose() {}

    @Override
    public void onGoAway(String reason) {}

    @Override
    public void onClosed(String reason) {
        found.complete(ProbeResult.failed(Prober.describe(probe) + ": " + reason));
    }
}
