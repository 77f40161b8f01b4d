package dev.outrigger.xds;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the control plane is told of the workload's health, as Istio's does for workloads outside of Kubernetes:
/// a request for the type `istio.v1.HealthInformation` on Envoy's stream after its first request for listeners,
/// with an `error_detail` when the workload is not well. No answer comes. Any thread.
final class HealthReport {
    private static final String TYPE = "type.googleapis.com/istio.v1.HealthInformation";
    /// `INTERNAL` of google.rpc.Code.
    private static final int UNWELL = 13;

    private volatile @Nullable Known last;

    /// @param unwell why it is not; null when it is well
    private record Known(@Nullable String unwell) {}

    void set(Optional<String> unwell) {
        last = new Known(unwell.orElse(null));
    }

    /// Null when nothing is known yet.
    byte @Nullable [] message(Protocol protocol) {
        var known = last;
        if (known == null) {
            return null;
        }
        var writer = new Writer().string(protocol.typeUrl, TYPE);
        if (known.unwell() != null) {
            writer.message(protocol.error, new Writer().number(1, UNWELL).string(2, known.unwell()));
        }
        return writer.toBytes();
    }
}
