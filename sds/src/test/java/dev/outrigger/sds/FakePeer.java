package dev.outrigger.sds;

import dev.outrigger.h2.CallStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The client of one call: keeps what is sent, and takes it as fast as a test says.
final class FakePeer<A> implements Peer<A> {
    final List<A> sent = new ArrayList<>();
    boolean ready = true;

    @Nullable
    CallStatus ended;

    Runnable whenSent = () -> {};
    private Runnable whenGone = () -> {};

    void onGone(Runnable hears) {
        whenGone = hears;
    }

    void cancel() {
        whenGone.run();
    }

    /// The status that ended the call; empty while it is open.
    String status() {
        return ended == null ? "" : ended.text();
    }

    @Override
    public void send(A message) {
        if (!ready) {
            throw new AssertionError("sent to a peer that is not ready");
        }
        sent.add(message);
        whenSent.run();
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void end(CallStatus status) {
        ended = status;
    }
}
