package dev.outrigger.agent.status;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Takes connections, reads the heads of requests and answers probes, all on one thread of its own that never
/// waits for anything else, so that no scrape holds up a probe. What may take time is handed to a virtual thread
/// with its connection, which comes back afterwards.
///
/// Nobody can keep others out: a head has a largest size and a longest time, so has an exchange; of too many
/// connections the one goes that has waited longest for its next request.
///
/// The thread `status` owns `links` and `leaving`, and every {@link Link} that is not away.
final class Front implements AutoCloseable {
    private static final System.Logger log = System.getLogger(Front.class.getName());
    private static final int BACKLOG = 256;
    private static final int MOST_LINKS = 512;
    private static final long SWEEP_MILLIS = 250;
    private static final Duration HEAD = Duration.ofSeconds(10);
    private static final Duration IDLE = Duration.ofSeconds(75);

    private final ServerSocketChannel server;
    private final Selector selector;
    private final InstantSource clock;
    private final Desk desk;
    private final Thread thread;
    private final Set<Link> links = new LinkedHashSet<>();
    private final List<Link> leaving = new ArrayList<>();
    private final Queue<Link> returned = new ConcurrentLinkedQueue<>();
    private volatile boolean isClosed;
    private volatile boolean isStale;

    /// Decides what becomes of a request. Called on the thread: never waits.
    interface Desk {
        /// Answers at once, has it held, or has it handed over.
        Decision decide(Head head, InetSocketAddress peer);
    }

    /// What becomes of a request.
    sealed interface Decision {
        /// The answer is here.
        record Now(Reply reply) implements Decision {}

        /// The answer comes with a change, or at the end of a time.
        ///
        /// @param answer asked after each change on the thread
        record Held(Duration limit, Answer answer) implements Decision {}

        /// The answer takes time.
        ///
        /// @param limit of the exchange
        /// @param work called on a virtual thread
        record Later(Duration limit, Work work) implements Decision {}
    }

    /// Of a held request.
    interface Answer {
        /// @param isLast whether the time is over: there must be an answer
        /// @return null when there is none yet
        @org.jspecify.annotations.Nullable
        Reply look(boolean isLast);

        /// Called once, when it is answered or its connection is gone.
        void over();
    }

    /// Of an exchange that takes time.
    interface Work {
        void run(Exchange exchange) throws IOException;
    }

    private Front(ServerSocketChannel server, Selector selector, Desk desk, InstantSource clock) {
        this.server = server;
        this.selector = selector;
        this.desk = desk;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("status").daemon().unstarted(this::run);
    }

    static Front start(InetSocketAddress address, Desk desk, InstantSource clock) throws IOException {
        var server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(address, BACKLOG);
            server.configureBlocking(false);
            var selector = Selector.open();
            server.register(selector, SelectionKey.OP_ACCEPT);
            var front = new Front(server, selector, desk, clock);
            front.thread.start();
            return front;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) server.getLocalAddress();
    }

    /// Has every held request look again. Any thread; returns at once.
    void changed() {
        isStale = true;
        selector.wakeup();
    }

    /// Stops at once and closes every connection.
    @Override
    public void close() {
        isClosed = true;
        selector.wakeup();
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        var swept = clock.millis();
        while (!isClosed) {
            try {
                turn();
                var now = clock.millis();
                if (now - swept >= SWEEP_MILLIS) {
                    swept = now;
                    sweep(now);
                }
            } catch (IOException | RuntimeException e) {
                log.log(ERROR, "the status server failed at one request and goes on; please report", e);
            }
        }
        links.forEach(Link::close);
        closeQuietly();
    }

    private void turn() throws IOException {
        selector.select(links.isEmpty() ? 0 : SWEEP_MILLIS);
        // Their keys are gone from the selector now, so that they may block.
        leaving.forEach(link -> link.goAway(this::takeBack));
        leaving.clear();
        for (var link = returned.poll(); link != null; link = returned.poll()) {
            if (link.comeBack(selector, deadline(IDLE))) {
                serve(link);
            } else {
                links.remove(link);
            }
        }
        var keys = selector.selectedKeys();
        for (var key : List.copyOf(keys)) {
            handle(key);
        }
        keys.clear();
        if (isStale) {
            isStale = false;
            List.copyOf(links).stream().filter(Link::isHeld).forEach(link -> answerHeld(link, false));
        }
    }

    private void handle(SelectionKey key) throws IOException {
        if (!key.isValid()) {
            return;
        }
        if (key.attachment() instanceof Link link) {
            if (link.read()) {
                serve(link);
            } else {
                drop(link);
            }
        } else {
            accept();
        }
    }

    private void accept() throws IOException {
        for (var channel = server.accept(); channel != null; channel = server.accept()) {
            if (links.size() >= MOST_LINKS && !dropOne()) {
                channel.close();
                continue;
            }
            links.add(Link.open(channel, selector, deadline(HEAD)));
        }
    }

    private boolean dropOne() {
        var oldest = links.stream().filter(Link::isReading).min(Comparator.comparingLong(Link::deadline));
        oldest.ifPresent(this::drop);
        return oldest.isPresent();
    }

    private void drop(Link link) {
        link.close();
        links.remove(link);
    }

    /// Everything that the connection has sent so far.
    private void serve(Link link) {
        try {
            while (link.isReading()) {
                var head = link.head();
                if (head == null) {
                    return;
                }
                dispatch(link, head);
            }
        } catch (BadRequestException e) {
            link.last(Reply.text(e.status(), e.getMessage() + "\n"));
            drop(link);
        } catch (IOException e) {
            log.log(DEBUG, "connection ended: {0}", String.valueOf(e.getMessage()));
            drop(link);
        }
    }

    private void dispatch(Link link, Head head) throws IOException {
        var decision = desk.decide(head, link.peer());
        // No switch: the JVM makes one by types anew in each start, before the first probe is answered.
        if (decision instanceof Decision.Now now) {
            if (link.answer(now.reply(), head)) {
                link.await(deadline(IDLE));
            } else {
                drop(link);
            }
        } else if (decision instanceof Decision.Held held) {
            link.hold(head, held.answer(), deadline(held.limit()));
            answerHeld(link, false);
        } else if (decision instanceof Decision.Later later) {
            link.leave(head, later.work(), deadline(later.limit()));
            leaving.add(link);
            selector.wakeup();
        }
    }

    private void answerHeld(Link link, boolean isLast) {
        try {
            if (!link.answerHeld(isLast)) {
                return;
            }
            link.await(deadline(IDLE));
            serve(link);
        } catch (IOException e) {
            drop(link);
        }
    }

    /// On the thread of an exchange.
    private void takeBack(Link link) {
        returned.add(link);
        selector.wakeup();
    }

    private long deadline(Duration limit) {
        return clock.millis() + limit.toMillis();
    }

    private void sweep(long now) {
        for (var link : List.copyOf(links)) {
            if (now < link.deadline()) {
                continue;
            }
            if (link.isHeld()) {
                answerHeld(link, true);
            } else if (link.isAway()) {
                link.close(); // its thread notices, and gives it back
            } else {
                if (link.isInterrupted()) {
                    link.last(Reply.text(408, "the request takes too long\n"));
                }
                drop(link);
            }
        }
    }

    private void closeQuietly() {
        try {
            server.close();
            selector.close();
        } catch (IOException e) {
            log.log(DEBUG, "closing the status server: {0}", String.valueOf(e.getMessage()));
        }
    }
}
