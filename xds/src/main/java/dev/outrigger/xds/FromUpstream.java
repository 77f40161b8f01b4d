package dev.outrigger.xds;

import dev.outrigger.h2.Call;
import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.RawMessage;
import org.jspecify.annotations.Nullable;

/// Brings what is told of one upstream stream to the stream's context, which owns it.
final class FromUpstream implements CallListener {
    private final RelayStream stream;
    private final LoopContext context;
    private @Nullable Call call;
    private @Nullable Call to;

    FromUpstream(RelayStream stream, LoopContext context) {
        this.stream = stream;
        this.context = context;
    }

    /// Must be told before the context is left.
    void is(Call made) {
        call = made;
    }

    @Override
    public void onMessage(RawMessage message) {
        context.execute(() -> {
            if (call == null) {
                message.release();
            } else {
                stream.onPush(call, message);
            }
        });
    }

    @Override
    public @Nullable Call onBeginning(RawMessage beginning) {
        to = null;
        context.execute(() -> to = call == null ? null : stream.passOn(call, beginning));
        return to;
    }

    @Override
    public void onReady() {
        context.execute(stream::pump);
    }

    @Override
    public void onHalfClose() {
        // only a server hears of it
    }

    @Override
    public void onClosed(CallStatus status) {
        context.execute(() -> {
            if (call != null) {
                stream.lost(call, status);
            }
        });
    }
}
