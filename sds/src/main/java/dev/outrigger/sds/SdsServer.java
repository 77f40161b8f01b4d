package dev.outrigger.sds;

import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.H2Server;
import dev.outrigger.h2.UnixListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// Serves the identity to Envoy as secrets (`envoy.service.secret.v3.SecretDiscoveryService`, all three methods)
/// on a Unix socket. Any number of clients and streams. What is not there yet or not known is held back alone; it
/// never ends a stream. Beside the identity, certificates and roots of files are served by Istio's names, and
/// JWT-SVIDs.
///
/// Started and closed by one thread; {@link #status} may be called from any.
public final class SdsServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SdsServer.class.getName());
    private static final UnixListener.Name SOCKET = new UnixListener.Name("SDS socket", "--sds-socket");
    private static final long CLOSE_SECONDS = 2;
    private static final int WINDOW = 65_535;
    /// That of gRPC; a request with all the names that a stream may have is far smaller.
    private static final int LARGEST_REQUEST = 4 << 20;

    private final SdsConfig config;
    private final UnixListener listener;
    private final EventLoop loop;
    private final FileSecrets files;
    private final SecretService service;
    private final H2Server server;
    private final Latest.Subscription subscription;

    private SdsServer(
            SdsConfig config,
            UnixListener listener,
            Latest<Identity> identity,
            JwtSvids tokens,
            EventLoopGroup group,
            MeterRegistry registry,
            InstantSource clock)
            throws IOException {
        this.config = config;
        this.listener = listener;
        this.loop = group.next();
        this.files = new FileSecrets(clock, registry);
        this.service = new SecretService(config, loop, List.of(files, new TokenSecrets(tokens)), registry, clock);
        this.server = listener.serve(loop, H2Options.server(WINDOW, LARGEST_REQUEST), service);
        this.subscription = identity.onChange(_ -> follow(identity), () -> follow(identity));
    }

    /// Listens where clients dial, so that they can be started; they are answered once the server is.
    ///
    /// @throws IOException when the socket cannot be had, for example because a live server has it
    public static UnixListener listen(SdsConfig config) throws IOException {
        return UnixListener.bind(SOCKET, config.socket(), config.socketPermissions());
    }

    /// Serves from now on; secrets are there as soon as there is an identity.
    ///
    /// @param listener of {@link #listen}; closed with the server
    /// @param tokens served as `jwt:AUDIENCE`
    /// @param group one of its loops carries the connections and owns the streams; best that of the identity's
    ///     source
    /// @param clock judges what has expired
    /// @throws IOException when the loops take no more
    public static SdsServer start(
            SdsConfig config,
            UnixListener listener,
            Latest<Identity> identity,
            JwtSvids tokens,
            EventLoopGroup group,
            MeterRegistry registry,
            InstantSource clock)
            throws IOException {
        var server = new SdsServer(config, listener, identity, tokens, group, registry, clock);
        LOG.log(Level.INFO, "SDS is served socket={0}", config.socket());
        return server;
    }

    /// At once where the source lives on the same loop: the way through the queue of another one takes a tenth of
    /// the time that a new certificate takes.
    private void follow(Latest<Identity> identity) {
        if (loop.inEventLoop()) {
            offerNewest(identity);
        } else {
            loop.execute(() -> offerNewest(identity));
        }
    }

    /// Not what was told: a task of the queue may come behind what was told at once.
    private void offerNewest(Latest<Identity> identity) {
        identity.get().ifPresentOrElse(service::offer, service::withdraw);
    }

    /// Streams, versions and the last NACK; never blocks.
    public SdsStatus status() {
        return service.status();
    }

    /// Ends every stream and removes the socket, within four seconds. Idempotent. Not to be called on a loop.
    @Override
    public void close() {
        subscription.close();
        files.close();
        try {
            listener.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "SDS socket {0} stays behind: {1}", config.socket(), e);
        }
        server.close();
        try {
            loop.submit(service::endStreams).await(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "the loop of the secret streams ended before them");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
