package dev.outrigger.sds;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answering side of one call: keeps what is sent, and takes it as fast as a test says.
final class FakePeer<A> extends ServerCallStreamObserver<A> {
    final List<A> sent = new ArrayList<>();
    boolean ready = true;
    boolean completed;

    @Nullable
    Throwable error;

    Runnable whenSent = () -> {};
    private Runnable onReady = () -> {};
    private Runnable onCancel = () -> {};
    private Runnable onClose = () -> {};

    void becomeReady() {
        ready = true;
        onReady.run();
    }

    void close() {
        onClose.run();
    }

    void cancel() {
        onCancel.run();
    }

    @Override
    public void onNext(A message) {
        if (!ready) {
            throw new AssertionError("sent to a peer that is not ready");
        }
        sent.add(message);
        whenSent.run();
    }

    @Override
    public void onError(Throwable cause) {
        error = cause;
    }

    @Override
    public void onCompleted() {
        completed = true;
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
        onReady = handler;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
        onCancel = handler;
    }

    @Override
    public void setOnCloseHandler(Runnable handler) {
        onClose = handler;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    @SuppressWarnings({"deprecation", "InlineMeSuggester"}) // abstract in the type it extends
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}
}
