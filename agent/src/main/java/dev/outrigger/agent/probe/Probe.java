package dev.outrigger.agent.probe;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// One way to ask an application whether it is well, as Kubernetes' probes do.
public sealed interface Probe {
    /// At most so long, everything included.
    Duration timeout();

    /// GET; well is any status from 200 to 399. Redirects to the same host are followed, at most ten.
    ///
    /// @param scheme `http`, or `https` whose certificate is not looked at
    /// @param host name or address
    /// @param path with its query
    /// @param headers to send
    record Http(String scheme, String host, int port, String path, Map<String, String> headers, Duration timeout)
            implements Probe {
        /// Copies the headers.
        public Http {
            headers = Map.copyOf(headers);
        }
    }

    /// A connection can be made.
    record Tcp(String host, int port, Duration timeout) implements Probe {}

    /// `grpc.health.v1.Health/Check` answers SERVING, over plaintext.
    ///
    /// @param service may be empty
    record Grpc(String host, int port, String service, Duration timeout) implements Probe {}

    /// A command ends with status 0.
    record Exec(List<String> command, Duration timeout) implements Probe {
        /// Copies the command.
        public Exec {
            command = List.copyOf(command);
        }
    }
}
