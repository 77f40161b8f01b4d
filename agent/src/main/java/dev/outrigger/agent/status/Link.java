package dev.outrigger.agent.status;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One connection. Owned by the thread of {@link Front}, except while it is away with an exchange, when its
/// channel is the exchange's; closing it is anybody's.
final class Link {
    private static final System.Logger log = System.getLogger(Link.class.getName());
    private static final int HEAD_BYTES = 16 << 10;
    private static final int FIRST_BYTES = 1024;

    private enum State {
        READING,
        HELD,
        AWAY
    }

    private final SocketChannel channel;
    private final InetSocketAddress peer;
    private SelectionKey key;
    private ByteBuffer in = ByteBuffer.allocate(FIRST_BYTES);
    private int searched;
    private int toSkip;
    private State state = State.READING;
    private long deadline;
    private @Nullable Head head;
    private Front.@Nullable Answer held;
    private Front.@Nullable Work work;

    private Link(SocketChannel channel, InetSocketAddress peer, SelectionKey key, long deadline) {
        this.channel = channel;
        this.peer = peer;
        this.key = key;
        this.deadline = deadline;
    }

    static Link open(SocketChannel channel, Selector selector, long deadline) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        var key = channel.register(selector, SelectionKey.OP_READ);
        var link = new Link(channel, (InetSocketAddress) channel.getRemoteAddress(), key, deadline);
        key.attach(link);
        return link;
    }

    InetSocketAddress peer() {
        return peer;
    }

    long deadline() {
        return deadline;
    }

    boolean isReading() {
        return state == State.READING && channel.isOpen();
    }

    boolean isHeld() {
        return state == State.HELD;
    }

    boolean isAway() {
        return state == State.AWAY;
    }

    /// Whether a request has begun and not come whole.
    boolean isInterrupted() {
        return in.position() > 0;
    }

    /// Takes what has come.
    ///
    /// @return false when nothing more will come
    boolean read() {
        try {
            if (!in.hasRemaining()) {
                if (in.capacity() >= HEAD_BYTES) {
                    return state == State.READING; // the parser says why
                }
                in = ByteBuffer.allocate(HEAD_BYTES).put(in.flip());
            }
            return channel.read(in) >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    /// The head of the next request; null when it has not come whole.
    @Nullable
    Head head() throws BadRequestException {
        skip();
        var end = end();
        if (end < 0) {
            if (in.position() >= HEAD_BYTES) {
                throw new BadRequestException(431, "the head of the request is longer than " + HEAD_BYTES + " bytes");
            }
            return null;
        }
        var text = new String(in.array(), 0, end, StandardCharsets.ISO_8859_1);
        take(end + 4);
        var parsed = Head.parse(text);
        toSkip = parsed.bodyBytes();
        return parsed;
    }

    /// Of the head, before its empty line; negative when that has not come.
    private int end() {
        var bytes = in.array();
        for (var i = Math.max(searched, 3); i < in.position(); i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
                searched = 0;
                return i - 3;
            }
        }
        searched = Math.max(0, in.position() - 3);
        return -1;
    }

    private void skip() {
        var skipped = Math.min(toSkip, in.position());
        if (skipped > 0) {
            toSkip -= skipped;
            take(skipped);
        }
    }

    private void take(int bytes) {
        in.flip().position(bytes);
        in.compact();
        searched = 0;
    }

    /// Answers at once.
    ///
    /// @return whether another request may follow
    boolean answer(Reply reply, Head to) throws IOException {
        var bytes = reply.bytes(to.method().equals("HEAD"), to.keepAlive());
        channel.write(bytes);
        // Some hundred bytes that do not fit: the client does not read.
        return !bytes.hasRemaining() && to.keepAlive();
    }

    /// The last answer on this connection, as far as it can be given.
    void last(Reply reply) {
        try {
            channel.write(reply.bytes(false, false));
            channel.shutdownOutput();
            // What is not read when a connection is closed has the answer thrown away.
            var rest = ByteBuffer.allocate(HEAD_BYTES);
            for (var i = 0; i < 8 && channel.read(rest.clear()) > 0; i++) {
                // nobody wants it
            }
        } catch (IOException e) {
            log.log(DEBUG, "no answer to a bad request: {0}", String.valueOf(e.getMessage()));
        }
    }

    /// Waits for the next request.
    void await(long until) {
        state = State.READING;
        deadline = until;
        head = null;
        held = null;
    }

    private void release() {
        var answer = held;
        held = null;
        if (answer != null) {
            answer.over();
        }
    }

    void hold(Head request, Front.Answer answer, long until) {
        state = State.HELD;
        head = request;
        held = answer;
        deadline = until;
    }

    /// @return whether it is answered and the connection goes on
    boolean answerHeld(boolean isLast) throws IOException {
        var reply = Objects.requireNonNull(held).look(isLast);
        if (reply == null) {
            return false;
        }
        release();
        if (!answer(reply, Objects.requireNonNull(head))) {
            throw new IOException("it was the last request");
        }
        return true;
    }

    /// Prepares to go away with an exchange.
    void leave(Head request, Front.Work taken, long until) {
        state = State.AWAY;
        head = request;
        work = taken;
        deadline = until;
        key.cancel();
    }

    /// Goes, once its key is gone.
    ///
    /// @param back takes it back on any thread
    void goAway(Consumer<Link> back) {
        var exchange = new Exchange(channel, Objects.requireNonNull(head));
        var task = Objects.requireNonNull(work);
        Thread.ofVirtual().name("status-exchange").start(() -> {
            try {
                channel.configureBlocking(true);
                task.run(exchange);
                if (!exchange.isReusable()) {
                    close();
                }
            } catch (IOException e) {
                log.log(DEBUG, "exchange ended: {0}", String.valueOf(e.getMessage()));
                close();
            } catch (RuntimeException e) {
                log.log(ERROR, "an exchange failed, please report", e);
                close();
            } finally {
                back.accept(this);
            }
        });
    }

    /// @return false when it has ended meanwhile
    boolean comeBack(Selector selector, long until) {
        try {
            if (!channel.isOpen()) {
                return false;
            }
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
            work = null;
            await(until);
            return true;
        } catch (IOException e) {
            close();
            return false;
        }
    }

    void close() {
        if (state == State.HELD) {
            release();
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.log(DEBUG, "closing a connection: {0}", String.valueOf(e.getMessage()));
        }
    }
}
