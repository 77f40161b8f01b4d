package dev.outrigger.sds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.outrigger.h2.Call;
import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.RawMessage;
import java.util.function.Function;

/// Joins one call to the method that serves it: bytes to messages, one request asked for after the other.
///
/// Owned by the service's loop.
final class SecretCall<Q extends MessageLite, A extends MessageLite> implements CallListener, Peer<A> {
    private final Call call;
    private final Parser<Q> parser;
    private final Requests<Q> requests;

    private SecretCall(Call call, Parser<Q> parser, Function<Peer<A>, Requests<Q>> method) {
        this.call = call;
        this.parser = parser;
        this.requests = method.apply(this);
    }

    static <Q extends MessageLite, A extends MessageLite> CallListener serve(
            Call call, Parser<Q> parser, Function<Peer<A>, Requests<Q>> method) {
        var served = new SecretCall<>(call, parser, method);
        call.request(1);
        return served;
    }

    @Override
    public void onMessage(RawMessage message) {
        var bytes = message.toBytes();
        message.release();
        Q request;
        try {
            request = parser.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            requests.gone();
            end(new CallStatus(CallStatus.INVALID_ARGUMENT, "the request cannot be read: " + e.getMessage()));
            return;
        }
        requests.received(request);
        call.request(1);
    }

    @Override
    public void onReady() {
        requests.ready();
    }

    @Override
    public void onHalfClose() {
        requests.halfClosed();
    }

    @Override
    public void onClosed(CallStatus status) {
        requests.gone();
    }

    @Override
    public boolean isReady() {
        return call.isReady();
    }

    @Override
    public void send(A response) {
        call.send(RawMessage.of(response.toByteArray()));
    }

    @Override
    public void end(CallStatus status) {
        call.close(status);
    }
}
