package dev.outrigger.h2;

import dev.outrigger.h2.RawMessage.Piece;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One bidirectional gRPC call, of either side. All of it belongs to the connection's loop.
///
/// Flow control is manual, end to end: messages come one for each {@link #request}, and what is not asked for
/// stays with the peer, but for a window of {@link H2Options#streamWindow} bytes.
public final class Call {
    /// More than this waits for a window: not ready.
    private static final int BUFFERED = 32_768;

    private final H2Connection connection;
    private final int id;
    private final int window;
    private final Outgoing out;
    private final Deframer in;
    private @Nullable CallListener listener;
    private int requested;
    /// Received and not yet given back to the peer's window.
    private int uncredited;
    /// What the peer may still send.
    private long allowed;

    private boolean answered;
    private boolean ending;
    private boolean inputEnded;
    private boolean halfCloseTold;
    private boolean delivering;
    private boolean busy;
    private boolean over;
    private @Nullable CallStatus status;

    Call(H2Connection connection, int id, int window, long peerWindow) {
        this.connection = connection;
        this.id = id;
        this.window = window;
        this.in = new Deframer(connection.options().largestMessage());
        this.allowed = window;
        this.out = new Outgoing(id, peerWindow);
    }

    /// Asks for so many more messages.
    public void request(int count) {
        requested += count;
        credit();
        deliver();
    }

    /// Whether little enough waits to be sent. Messages may be sent regardless.
    public boolean isReady() {
        boolean ready = !over && out.queued() < BUFFERED;
        busy |= !ready;
        return ready;
    }

    /// Sends a message, and releases it. Nothing happens when the call is over.
    public void send(RawMessage message) {
        if (over || status != null) {
            message.release();
            return;
        }
        answer();
        out.add(connection.context(), message);
        busy |= out.queued() >= BUFFERED;
        connection.send(this);
    }

    /// A client's call: nothing more will be sent on it. Answers go on coming.
    public void halfClose() {
        ending = true;
        endSending();
    }

    /// A server's call: tells the client that it was accepted, before any message.
    public void answer() {
        if (!answered && !over) {
            answered = true;
            connection.sendResponse(id);
        }
    }

    /// A server's call: ends it once everything is sent.
    public void close(CallStatus with) {
        if (!over && status == null) {
            status = with;
            finish();
        }
    }

    /// Ends it at once; the listener hears nothing more.
    public void cancel() {
        if (!over) {
            end();
            connection.reset(id, H2Exception.CANCEL);
        }
    }

    int id() {
        return id;
    }

    Outgoing out() {
        return out;
    }

    void listen(CallListener to) {
        listener = to;
    }

    boolean isAccepted() {
        return answered;
    }

    /// A client's call has a response, whose headers need not be sent.
    void isAnswered() {
        answered = true;
    }

    /// Counts a frame against the window.
    void dataFrame(int length) throws H2Exception {
        allowed -= length;
        if (allowed < 0) {
            throw new H2Exception(H2Exception.FLOW_CONTROL_ERROR, "more data than the window of a stream permits");
        }
        uncredited += length;
    }

    void data(ByteBuf buffer, int at, int count, boolean framed, long read) throws H2Exception {
        in.add(buffer, at, count, framed, read);
        credit();
        deliver();
    }

    /// All that could be read was read.
    void readComplete() {
        if (requested > 0 && listener != null) {
            var beginning = in.beginning();
            var to = beginning == null ? null : listener.onBeginning(beginning);
            if (to != null) {
                in.passTo(to);
            }
        }
        in.pass();
    }

    /// A message of another call is to come, piece by piece.
    void expect(int length) {
        if (!over) {
            answer();
            out.expect(length);
            busy = true;
        }
    }

    /// @param piece taken over
    void pass(Piece piece) {
        if (over || status != null) {
            piece.bytes().release();
        } else {
            out.pass(piece);
        }
    }

    /// Has the pieces sent.
    void sendPassed() {
        if (!over && !out.isEmpty()) {
            connection.send(this);
        }
    }

    /// The peer has sent everything.
    void endOfInput() {
        inputEnded = true;
        deliver();
    }

    /// Whether its messages came whole.
    boolean isAtBoundary() {
        return in.isAtBoundary();
    }

    /// Some of it was written.
    void written() {
        endSending();
        if (status != null) {
            finish();
        } else if (busy && !over && out.queued() < BUFFERED && listener != null) {
            busy = false;
            listener.onReady();
        }
    }

    /// It ended by somebody else's doing. Messages that nobody asked for yet are dropped.
    void ended(CallStatus with) {
        if (over) {
            return;
        }
        var hearing = listener;
        end();
        if (hearing != null) {
            hearing.onClosed(with);
        }
    }

    private void endSending() {
        if (ending && !over && out.isEmpty()) {
            ending = false;
            connection.endSending(id);
        }
    }

    private void finish() {
        if (over || status == null || !out.isEmpty()) {
            return;
        }
        var trailers = status;
        boolean whole = inputEnded;
        boolean hasHeaders = answered;
        end();
        connection.sendTrailers(id, trailers, hasHeaders);
        if (!whole) {
            connection.reset(id, H2Exception.NO_ERROR); // the client may stop sending
        }
    }

    private void end() {
        over = true;
        listener = null;
        out.release();
        in.release();
        connection.forget(this);
    }

    private void deliver() {
        if (delivering) {
            return;
        }
        delivering = true;
        while (requested > 0 && listener != null && in.hasMessage()) {
            requested--;
            var message = in.poll();
            if (message != null) {
                listener.onMessage(message);
            }
        }
        delivering = false;
        if (inputEnded && !halfCloseTold && listener != null && !in.hasMessage()) {
            halfCloseTold = true;
            listener.onHalfClose();
        }
    }

    /// Lets the peer send on, as long as somebody wants a message: one larger than the window comes in bit by
    /// bit.
    private void credit() {
        if (requested > 0 && !over && !inputEnded && uncredited >= window / 4) {
            connection.widen(id, uncredited);
            allowed += uncredited;
            uncredited = 0;
        }
    }
}
