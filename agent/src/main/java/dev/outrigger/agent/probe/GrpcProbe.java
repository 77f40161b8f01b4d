package dev.outrigger.agent.probe;

import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.UnaryCall;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/// Asks `grpc.health.v1.Health/Check` once on a connection of its own. Source: the gRPC health checking protocol.
final class GrpcProbe {
    private static final H2Options OPTIONS = new H2Options(65_535, 4096, Duration.ZERO, Duration.ZERO);
    private static final Map<String, String> HEADERS = Map.of("user-agent", "outrigger-probe");
    private static final int SERVING = 1;
    private static final byte FIELD_1_TEXT = 0x0a;
    private static final byte FIELD_1_NUMBER = 0x08;

    private GrpcProbe() {}

    /// Waits for the answer.
    ///
    /// @throws SocketTimeoutException when none comes within the probe's time
    /// @throws IOException when it cannot be asked, or does not answer well
    static ProbeResult run(Probe.Grpc probe, EventLoop loop) throws IOException, InterruptedException {
        var target = new H2Client.Target(
                Prober.resolve(probe.host(), probe.port()),
                Prober.authority(probe.host(), probe.port()),
                probe.host(),
                null,
                probe.timeout());
        try {
            return UnaryCall.call(
                            target,
                            loop,
                            OPTIONS,
                            "/grpc.health.v1.Health/Check",
                            HEADERS,
                            request(probe.service()),
                            probe.timeout())
                    .map(answer -> result(probe, answer))
                    .orElseThrow(() -> new IOException("no status in the answer"));
        } catch (TimeoutException e) {
            throw new SocketTimeoutException();
        } catch (UnaryCall.FailedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static ProbeResult result(Probe.Grpc probe, byte[] answer) {
        // A status of 0 is left out by proto3; UNKNOWN, NOT_SERVING, SERVICE_UNKNOWN are not SERVING.
        var status = answer.length >= 2 && answer[0] == FIELD_1_NUMBER ? answer[1] : 0;
        return status == SERVING
                ? ProbeResult.well("")
                : ProbeResult.failed(Prober.describe(probe) + ": health status " + name(status));
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

    private static String name(int status) {
        return switch (status) {
            case 0 -> "UNKNOWN";
            case 2 -> "NOT_SERVING";
            case 3 -> "SERVICE_UNKNOWN";
            default -> Integer.toString(status);
        };
    }
}
