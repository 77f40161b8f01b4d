package dev.outrigger.xds;

import static java.lang.System.Logger.Level.WARNING;

import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
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
    private final Owner owner;
    private final SynchronizationContext context;
    private @Nullable ManagedChannel channel;
    private @Nullable Credentials credentials;
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
        void lost(Connection connection);
    }

    private Connection(String name, Duration limit, Owner owner, SynchronizationContext context) {
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
            SynchronizationContext context,
            XdsProxy.Outside outside) {
        var connection = new Connection(Dialer.name(target), dialer.limit(), owner, context);
        int pick = outside.random().nextInt();
        outside.offload().execute(() -> {
            try {
                var loaded = loadOrKeep(dialer, known);
                var dialed = dialer.channel(target, loaded, pick, pingEvery);
                context.execute(() -> connection.connect(dialed, loaded, outside));
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

    /// `host:port` of the control plane.
    String name() {
        return name;
    }

    boolean isReady() {
        return ready;
    }

    /// Only while it is ready.
    ManagedChannel channel() {
        if (channel == null) {
            throw new IllegalStateException("not connected to control plane " + name);
        }
        return channel;
    }

    /// Null until they are loaded.
    @Nullable
    Credentials credentials() {
        return credentials;
    }

    /// Ends it without telling the owner. Streams on it may end in their own time, unless it never became ready.
    void leave() {
        context.throwIfNotInThisSynchronizationContext();
        ended = true;
        if (channel != null && ready) {
            channel.shutdown();
        } else if (channel != null) {
            channel.shutdownNow();
        }
        ready = false;
    }

    /// Ends it and all streams on it.
    void close() {
        leave();
        if (channel != null) {
            channel.shutdownNow();
        }
    }

    private void connect(ManagedChannel dialed, Credentials with, XdsProxy.Outside outside) {
        context.throwIfNotInThisSynchronizationContext();
        if (ended) {
            dialed.shutdownNow();
            return;
        }
        channel = dialed;
        credentials = with;
        watch(dialed, dialed.getState(true));
        // A peer that accepts and then says nothing would hold the dial for ever.
        var _ = outside.timer().schedule(() -> context.execute(this::giveUp), limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void giveUp() {
        if (!ready) {
            fail("no answer within " + limit);
        }
    }

    private void watch(ManagedChannel watched, ConnectivityState state) {
        context.throwIfNotInThisSynchronizationContext();
        if (ended) {
            return;
        }
        if (state == ConnectivityState.READY) {
            ready = true;
            owner.connected(this);
        } else if (state == ConnectivityState.TRANSIENT_FAILURE) {
            explain(watched);
            return;
        } else if (ready) {
            leave();
            owner.lost(this);
            return;
        }
        watched.notifyWhenStateChanged(state, () -> context.execute(() -> watch(watched, watched.getState(false))));
    }

    /// A channel does not tell why it cannot connect; a call on it does, at once.
    private void explain(ManagedChannel broken) {
        var call = RawBytes.newCall(broken, Protocol.SOTW);
        call.start(
                new ClientCall.Listener<byte[]>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        context.execute(() -> fail(XdsErrors.text(status)));
                    }
                },
                new Metadata());
        call.cancel("only asked why the connection failed", null);
    }

    private void fail(String reason) {
        context.throwIfNotInThisSynchronizationContext();
        if (!ended) {
            leave();
            owner.failed(this, name + ": " + reason);
        }
    }
}
