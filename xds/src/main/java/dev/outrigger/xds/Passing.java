package dev.outrigger.xds;

import dev.outrigger.h2.RawMessage;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The large push that is passed on to the client while it comes in, and is read when the client has all of it: step
/// by step, as the client's answer may come before the end of that and is not to wait for it.
///
/// Whoever needs to know what the push brought calls {@link #settle} first. Owned by the stream's context.
final class Passing {
    /// Bytes that are read at once. What comes meanwhile waits for that, about 0.2 ms.
    private static final int STEP = 1 << 20;
    /// For how long what was read is not taken in, which takes as long again: a client that answers later had more to
    /// do with the push than that.
    private static final Duration PATIENCE = Duration.ofMillis(5);

    private final Protocol protocol;
    private final Owner owner;
    private @Nullable String type;
    private @Nullable Whole whole;

    /// Whose pushes they are. Called in the stream's context.
    interface Owner {
        /// A push was read, and is retained until this returns.
        void takeIn(Push push, Instant at);

        /// The push is no protobuf message, or is not what its beginning looked like.
        void unreadable(ProtocolException why);

        /// Runs something in the stream's context, later.
        void after(Duration delay, Runnable action);
    }

    /// @param type of its first resource
    /// @param at when the client had it
    private record Whole(String type, RawMessage message, Push.Reader reader, Instant at) {}

    Passing(Protocol protocol, Owner owner) {
        this.protocol = protocol;
        this.owner = owner;
    }

    /// A push whose first resource is of this type goes to the client from now on.
    void begin(String firstType) {
        type = firstType;
    }

    /// The client has a part of a push, or one that cannot be read: nothing else can follow it.
    boolean isUnderWay() {
        return type != null;
    }

    /// The client has all of it.
    ///
    /// @param message taken over
    void end(RawMessage message, Instant at) {
        if (type == null) {
            throw new IllegalStateException("the end of a push that never began");
        }
        var push = new Whole(type, message, new Push.Reader(protocol, Message.of(message)), at);
        type = null;
        whole = push;
        owner.after(Duration.ZERO, () -> readOn(push));
    }

    /// Whether this may be the answer to the push, which is whole and not taken in yet.
    boolean mayAnswer(Request request) {
        return whole != null && request.isAnswer() && request.typeUrl().equals(whole.type());
    }

    /// Reads to the end what is whole, and has it taken in.
    void settle() {
        var push = whole;
        if (push == null) {
            return;
        }
        try {
            var read = push.reader().finish().typed();
            if (!read.typeUrl().equals(push.type())) {
                throw new ProtocolException(
                        "resources of type " + push.type() + " in a push of type " + read.typeUrl());
            }
            whole = null;
            owner.takeIn(read, push.at());
            push.message().release();
        } catch (ProtocolException e) {
            unreadable(push, e);
        }
    }

    private void readOn(Whole push) {
        if (!push.equals(whole)) {
            return;
        }
        try {
            if (push.reader().step(STEP)) {
                owner.after(PATIENCE, () -> settle(push));
            } else {
                owner.after(Duration.ZERO, () -> readOn(push));
            }
        } catch (ProtocolException e) {
            unreadable(push, e);
        }
    }

    private void settle(Whole push) {
        if (push.equals(whole)) {
            settle();
        }
    }

    private void unreadable(Whole push, ProtocolException why) {
        whole = null;
        type = push.type();
        push.message().release();
        owner.unreadable(why);
    }
}
