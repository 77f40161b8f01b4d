package dev.outrigger.xds;

import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.RawMessage;

/// Brings what is told of the client's stream to its context, which owns it.
final class FromClient implements CallListener {
    private final RelayStream stream;
    private final LoopContext context;

    FromClient(RelayStream stream, LoopContext context) {
        this.stream = stream;
        this.context = context;
    }

    @Override
    public void onMessage(RawMessage message) {
        context.execute(() -> {
            var request = message.toBytes();
            message.release();
            stream.onRequest(request);
        });
    }

    @Override
    public void onReady() {
        context.execute(stream::pump);
    }

    @Override
    public void onHalfClose() {
        context.execute(() -> stream.close(new CallStatus(CallStatus.OK, "")));
    }

    @Override
    public void onClosed(CallStatus status) {
        context.execute(() -> stream.close(null));
    }
}
