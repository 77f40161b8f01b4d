package dev.outrigger.agent.notify;

import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.HealthBoard;
import dev.outrigger.health.Readiness;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Tells systemd, or what speaks its protocol, that the agent is ready (`READY=1`), why it is not (`STATUS=`),
/// that it ends (`STOPPING=1`), and, where the unit has a watchdog, that it lives (`WATCHDOG=1`). Source:
/// sd_notify(3).
///
/// A sign of life starts on the main thread and passes through every event loop before it is sent: one that hangs
/// keeps it back, and systemd starts the agent again. Owned by the main thread.
public final class ServiceManager {
    private static final System.Logger log = System.getLogger(ServiceManager.class.getName());
    private static final Duration NOTHING_TO_DO = Duration.ofHours(1);
    /// What may follow.
    private static final Duration CLOSING = Duration.ofSeconds(30);

    private static final int LONGEST_STATUS = 500;

    private final Consumer<String> manager;
    private final Optional<Duration> beat;
    private final Iterable<EventExecutor> loops;
    private final HealthBoard board;
    private final InstantSource clock;
    private final AtomicBoolean isBeating = new AtomicBoolean();
    private String status = "";
    private boolean wasReady;
    private Instant nextBeat = Instant.EPOCH;

    /// @param manager is sent each message
    ServiceManager(
            Consumer<String> manager,
            Optional<Duration> watchdog,
            Iterable<EventExecutor> loops,
            HealthBoard board,
            InstantSource clock) {
        this.manager = manager;
        this.beat = watchdog.map(limit -> Duration.ofNanos(limit.toNanos() / 2));
        this.loops = loops;
        this.board = board;
        this.clock = clock;
    }

    /// @param config what the manager said; without it nothing is sent, and nothing costs anything
    /// @param loops the event loops whose life is watched; one of them sends
    public static ServiceManager start(
            Optional<NotifyConfig> config, EventLoopGroup loops, HealthBoard board, InstantSource clock) {
        var socket = config.map(NotifyConfig::socket).orElse("");
        if (socket.startsWith("/") || socket.startsWith("@")) {
            var sender = new NotifySocket(socket, loops.next());
            return new ServiceManager(sender::send, config.flatMap(NotifyConfig::watchdog), loops, board, clock);
        }
        if (!socket.isEmpty()) {
            log.log(WARNING, "NOTIFY_SOCKET={0} is no Unix socket (/path or @name); nobody is notified", socket);
        }
        return new ServiceManager(_ -> {}, Optional.empty(), loops, board, clock);
    }

    /// Looks once, and tells what is new.
    ///
    /// @return when to look again
    public Duration look() {
        tell(board.readiness());
        if (beat.isEmpty()) {
            return NOTHING_TO_DO;
        }
        var now = clock.instant();
        if (!now.isBefore(nextBeat)) {
            nextBeat = now.plus(beat.get());
            if (isBeating.compareAndSet(false, true)) {
                pass(loops.iterator());
            }
        }
        return Duration.between(now, nextBeat);
    }

    /// The agent ends, for this reason. Asks the manager for patience, also with signs of life: main, from which
    /// they come, is busy with the end.
    ///
    /// @param longest how long the application's end and the drain may take together
    public void stopping(String reason, Duration longest) {
        var patience = longest.plus(CLOSING).toMillis() * 1000;
        manager.accept("STOPPING=1\nSTATUS=stopping: " + line(reason) + "\nEXTEND_TIMEOUT_USEC=" + patience
                + (beat.isEmpty() ? "" : "\nWATCHDOG_USEC=" + patience));
    }

    private void tell(Readiness readiness) {
        var now = readiness.ready() ? "ready" : "not ready: " + reasons(readiness);
        if (now.equals(status)) {
            return;
        }
        status = now;
        var isFirst = readiness.ready() && !wasReady;
        wasReady |= readiness.ready();
        manager.accept((isFirst ? "READY=1\n" : "") + "STATUS=" + now);
    }

    private static String reasons(Readiness readiness) {
        return line(readiness.blockers().stream()
                .map(state -> state.name() + ": " + state.reason())
                .collect(Collectors.joining("; ")));
    }

    private static String line(String text) {
        return text.substring(0, Math.min(text.length(), LONGEST_STATUS)).replace('\n', ' ');
    }

    private void pass(Iterator<EventExecutor> rest) {
        if (rest.hasNext()) {
            rest.next().execute(() -> pass(rest));
        } else {
            isBeating.set(false);
            manager.accept("WATCHDOG=1");
        }
    }
}
