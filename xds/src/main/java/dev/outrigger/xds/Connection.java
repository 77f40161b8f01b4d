package dev.outrigger.xds;

import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.h2.H2Client;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection to one control plane: a dial, then at best a channel that is ready, and its end. Never dialed
/// again. Owned by the upstream's context.
final class Connection {
    private static final System.Logger log = System.getLogger(Connection.class.getName());

    private final String name;
    private final Duration limit;
    private final LoopContext context;
    private @Nullable H2Client client;
    private @Nullable Credentials credentials;
    private Owner owner;
    private boolean reached;
    private boolean ready;
    private boolean ended;

    /// Told once each at most, on the context.
    interface Owner {
        /// Streams may be opened.
        void connected(Connection connection);

        /// It never became ready. It has ended.
        ///
        /// @param reason with the control plane's name
        void failed(Connection connection, String reason);

        /// It was ready. It has ended.
        ///
        /// @param reason without the control plane's name
        void lost(Connection connection, String reason);
    }

    private Connection(String name, Duration limit, Owner owner, LoopContext context) {
        this.name = name;
        this.limit = limit;
        this.owner = owner;
        this.context = context;
    }

    /// @param known credentials to take when they have not changed, or new ones cannot be had
    /// @param pingEvery silence before a ping
    static Connection dial(
            Dialer dialer,
            InetSocketAddress target,
            @Nullable Credentials known,
            Duration pingEvery,
            Owner owner,
            LoopContext context,
            XdsProxy.Outside outside) {
        var connection = new Connection(H2Client.Target.authority(target), dialer.limit(), owner, context);
        int pick = outside.random().nextInt();
        outside.offload().execute(() -> {
            try {
                var loaded = loadOrKeep(dialer, known);
                var where = dialer.target(target, loaded, pick);
                context.execute(() -> connection.connect(dialer, where, pingEvery, loaded, outside));
            } catch (IOException | RuntimeException e) {
                context.execute(() -> connection.fail(String.valueOf(e.getMessage())));
            }
        });
        return connection;
    }

    private static Credentials loadOrKeep(Dialer dialer, @Nullable Credentials known) throws IOException {
        try {
            return dialer.credentials(known);
        } catch (IOException e) {
            if (known == null) {
                throw e;
            }
            log.log(WARNING, "credentials cannot be loaded, keeping the last ones error={0}", e.getMessage());
            return known;
        }
    }

    /// Somebody else is told from now on.
    void belongsTo(Owner other) {
        owner = other;
    }

    /// `host:port` of the control plane.
    String name() {
        return name;
    }

    /// The control plane's host has answered, be it TLS and HTTP/2 or not.
    boolean isReached() {
        return reached;
    }

    boolean isReady() {
        return ready;
    }

    boolean isEnded() {
        return ended;
    }

    /// Only while it is ready.
    H2Client client() {
        if (client == null) {
            throw new IllegalStateException("not connected to control plane " + name);
        }
        return client;
    }

    /// Null until they are loaded.
    @Nullable
    Credentials credentials() {
        return credentials;
    }

    /// Ends it without telling the owner. Streams on it may end in their own time, unless it never became ready.
    void leave() {
        context.requireInside();
        ended = true;
        if (client != null && ready) {
            client.shutdown();
        } else if (client != null) {
            client.close();
        }
        ready = false;
    }

    /// Ends it and all streams on it.
    void close() {
        leave();
        if (client != null) {
            client.close();
        }
    }

    private void connect(
            Dialer dialer, H2Client.Target where, Duration pingEvery, Credentials with, XdsProxy.Outside outside) {
        context.requireInside();
        if (ended) {
            return;
        }
        credentials = with;
        client = dialer.dial(where, pingEvery, new Watch());
        // A peer that accepts and then says nothing would hold the dial for ever.
        var _ = outside.timer().schedule(() -> context.execute(this::giveUp), limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void giveUp() {
        if (!ready) {
            fail("no answer within " + limit);
        }
    }

    private void fail(String reason) {
        context.requireInside();
        if (!ended) {
            leave();
            owner.failed(this, name + ": " + reason);
        }
    }

    private void end(String reason) {
        if (!ready) {
            fail(reason);
        } else if (!ended) {
            leave();
            owner.lost(this, reason);
        }
    }

    private final class Watch implements H2Client.Listener {
        @Override
        public void onReached() {
            context.execute(() -> reached = true);
        }

        @Override
        public void onReady() {
            context.execute(() -> {
                if (!ended) {
                    ready = true;
                    owner.connected(Connection.this);
                }
            });
        }

        @Override
        public void onGoAway(String reason) {
            context.execute(() -> end(reason));
        }

        @Override
        public void onClosed(String reason) {
            context.execute(() -> end(reason));
        }
    }
}
