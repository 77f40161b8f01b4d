package dev.outrigger.bootstrap;

/// How Envoy speaks with the agent's xDS socket. Both are one aggregated stream (ADS) of xDS v3.
public enum XdsProtocol {
    /// Incremental: only what changed is sent.
    DELTA("DELTA_GRPC"),
    /// State of the world: each answer is the whole state of its type.
    SOTW("GRPC");

    private final String apiType;

    XdsProtocol(String apiType) {
        this.apiType = apiType;
    }

    /// The name of `envoy.config.core.v3.ApiConfigSource.ApiType`.
    String apiType() {
        return apiType;
    }
}
