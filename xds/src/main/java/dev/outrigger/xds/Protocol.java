package dev.outrigger.xds;

/// The two variants of the aggregated discovery protocol, with the field numbers of their requests.
///
/// Source: envoy/service/discovery/v3/discovery.proto. Zero stands for a field the variant does not have; it is
/// no legal field number and so never found on the wire.
enum Protocol {
    SOTW("StreamAggregatedResources", 1, 2, 3, 0, 0, 4, 5, 6),
    DELTA("DeltaAggregatedResources", 0, 1, 3, 4, 5, 2, 6, 7);

    static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

    final String method;
    final int version;
    final int node;
    final int names;
    final int unsubscribe;
    final int initialVersions;
    final int typeUrl;
    final int nonce;
    final int error;

    Protocol(
            String method,
            int version,
            int node,
            int names,
            int unsubscribe,
            int initialVersions,
            int typeUrl,
            int nonce,
            int error) {
        this.method = method;
        this.version = version;
        this.node = node;
        this.names = names;
        this.unsubscribe = unsubscribe;
        this.initialVersions = initialVersions;
        this.typeUrl = typeUrl;
        this.nonce = nonce;
        this.error = error;
    }

    /// Of the HTTP request that opens a stream.
    String path() {
        return "/" + SERVICE + "/" + method;
    }

    String label() {
        return this == SOTW ? "sotw" : "delta";
    }
}
