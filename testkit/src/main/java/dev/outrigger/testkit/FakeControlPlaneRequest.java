package dev.outrigger.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import io.grpc.Metadata;

/// One request that a {@link FakeControlPlane} got.
///
/// @param stream counts the streams since the control plane was made, from 1
/// @param delta by which protocol it came
/// @param headers of its stream
/// @param raw the message as it came; do not change it
@SuppressWarnings("ArrayRecordComponent") // a view of one message: never compared
public record FakeControlPlaneRequest(int stream, boolean delta, Metadata headers, byte[] raw) {
    /// The message of a state-of-the-world stream.
    public DiscoveryRequest asSotw() {
        try {
            return DiscoveryRequest.parseFrom(raw);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("not a DiscoveryRequest", e);
        }
    }

    /// The message of a delta stream.
    public DeltaDiscoveryRequest asDelta() {
        try {
            return DeltaDiscoveryRequest.parseFrom(raw);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("not a DeltaDiscoveryRequest", e);
        }
    }

    /// The type asked for.
    public String typeUrl() {
        return delta ? asDelta().getTypeUrl() : asSotw().getTypeUrl();
    }

    /// The nonce answered; empty when it answers nothing.
    public String nonce() {
        return delta ? asDelta().getResponseNonce() : asSotw().getResponseNonce();
    }

    /// The reason of a NACK; empty when it is none.
    public String error() {
        return delta
                ? asDelta().getErrorDetail().getMessage()
                : asSotw().getErrorDetail().getMessage();
    }

    /// A header of the stream; empty when it is absent.
    public String header(String name) {
        var value = headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
        return value == null ? "" : value;
    }
}
