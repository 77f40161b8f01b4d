package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;

/// Goes over from single datagrams to batches once there is enough to do. Owned by one event loop.
final class Batching {
    private static final System.Logger log = System.getLogger(Batching.class.getName());
    private static final int QUERIES_BEFORE = 1000;

    private final EventLoop loop;
    private final Executor preparing;
    private Datagrams datagrams = new SingleDatagrams();
    private int served;

    /// @param preparing runs what may take a while
    Batching(EventLoop loop, Executor preparing) {
        this.loop = loop;
        this.preparing = preparing;
    }

    Datagrams now() {
        return datagrams;
    }

    /// Hears of datagrams that were taken.
    void served(int more) {
        if (served >= QUERIES_BEFORE) {
            return;
        }
        served += more;
        if (served >= QUERIES_BEFORE) {
            preparing.execute(this::prepare);
        }
    }

    private void prepare() {
        try {
            MassTransfer.prepare();
            loop.execute(() -> datagrams = new BatchedDatagrams());
            log.log(DEBUG, "DNS takes datagrams in batches of {0}", String.valueOf(Datagrams.MOST));
        } catch (IllegalStateException | LinkageError | UnsupportedOperationException e) {
            log.log(WARNING, "DNS goes on with single datagrams cause={0}", e);
        }
    }
}
