package dev.outrigger.xds;

import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.h2.H2Client;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection to one control plane: a dial, then at best a channel that is ready, and its end. Never dialed
/// again, but for a control plane that refuses our certificate: it is dialed once more without one, as it may take the
/// token. Owned by the upstream's context.
final class Connection {
    private static final System.Logger log = System.getLogger(Connection.class.getName());

    private final String name;
    private final InetSocketAddress target;
    private final Dialer dialer;
    private final Duration pingEvery;
    private final LoopContext context;
    private final XdsProxy.Outside outside;
    private final int pick;
    private @Nullable H2Client client;
    /// Why it was dialed without the certificate; empty unless it was.
    private String refusal = "";
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

    private Connection(
            Dialer dialer,
            InetSocketAddress target,
            Duration pingEvery,
            Owner owner,
            LoopContext context,
            XdsProxy.Outside outside) {
        this.name = H2Client.Target.authority(target);
        this.target = target;
        this.dialer = dialer;
        this.pingEvery = pingEvery;
        this.owner = owner;
        this.context = context;
        this.outside = outside;
        this.pick = outside.random().nextInt();
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
        var connection = new Connection(dialer, target, pingEvery, owner, context, outside);
        connection.dial(false, known);
        return connection;
    }

    private void dial(boolean bare, @Nullable Credentials known) {
        outside.offload().execute(() -> {
            try {
                var loaded = loadOrKeep(bare, known);
                var where = dialer.target(target, loaded, pick);
                context.execute(() -> connect(where, loaded));
            } catch (IOException | RuntimeException e) {
                context.execute(() -> fail(String.valueOf(e.getMessage())));
            }
        });
    }

    private Credentials loadOrKeep(boolean bare, @Nullable Credentials known) throws IOException {
        try {
            return dialer.credentials(bare, known);
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

    /// Whether there is a certificate that it was not to present.
    boolean isBare() {
        return credentials != null && credentials.bare();
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

    private void connect(H2Client.Target where, Credentials with) {
        context.requireInside();
        if (ended) {
            return;
        }
        if (credentials == null) {
            // A peer that accepts and then says nothing would hold the dial for ever.
            var limit = dialer.limit();
            var _ = outside.timer()
                    .schedule(() -> context.execute(() -> giveUp(limit)), limit.toNanos(), TimeUnit.NANOSECONDS);
        }
        credentials = with;
        client = dialer.dial(where, pingEvery, new Watch());
    }

    private void giveUp(Duration limit) {
        if (!ready) {
            fail("no answer within " + limit);
        }
    }

    /// @return whether it is dialed again
    private boolean dialBare(String alert) {
        if (ended || ready || !refusal.isEmpty() || credentials == null || !credentials.presentsIdentity()) {
            return false;
        }
        refusal = " (without the certificate of this workload, which was refused with TLS alert " + alert + ")";
        log.log(
                WARNING,
                "control plane refuses the certificate of this workload, dialing without it; does it trust the authority"
                        + " that issued it? control_plane={0} tls_alert={1}",
                name,
                alert);
        dial(true, credentials);
        return true;
    }

    private void fail(String reason) {
        context.requireInside();
        if (!ended) {
            leave();
            owner.failed(this, name + ": " + reason + refusal);
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
        private boolean replaced;

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
        public void onCertificateRefused(String alert) {
            context.execute(() -> replaced = dialBare(alert));
        }

        @Override
        public void onGoAway(String reason) {
            context.execute(() -> end(reason));
        }

        @Override
        public void onClosed(String reason) {
            context.execute(() -> {
                if (!replaced) {
                    end(reason);
                }
            });
        }
    }
}
