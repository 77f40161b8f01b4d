package dev.outrigger.agent.runtime;

import dev.outrigger.agent.application.Application;
import dev.outrigger.agent.config.AgentConfig;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.envoy.Drain;
import dev.outrigger.agent.envoy.EarlyEnvoy;
import dev.outrigger.agent.envoy.EnvoyHooks;
import dev.outrigger.agent.envoy.EnvoyMetrics;
import dev.outrigger.agent.envoy.EnvoySupervisor;
import dev.outrigger.agent.envoy.EnvoyWarming;
import dev.outrigger.agent.log.Log;
import dev.outrigger.agent.log.LogLevels;
import dev.outrigger.agent.notify.ServiceManager;
import dev.outrigger.agent.probe.ApplicationCheck;
import dev.outrigger.agent.probe.Prober;
import dev.outrigger.agent.process.Orphans;
import dev.outrigger.agent.status.AppProbes;
import dev.outrigger.agent.status.StatusServer;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.agent.stop.Stops;
import dev.outrigger.bootstrap.EnvoyBootstrap;
import dev.outrigger.dns.DnsProxy;
import dev.outrigger.dns.Unpredictable;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.sds.IdentitySource;
import dev.outrigger.sds.IdentitySources;
import dev.outrigger.sds.JwtSvids;
import dev.outrigger.sds.SdsServer;
import dev.outrigger.stats.OtlpExport;
import dev.outrigger.stats.StatsMerger;
import dev.outrigger.xds.ResourceHandler;
import dev.outrigger.xds.XdsHistory;
import dev.outrigger.xds.XdsProxy;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One agent from start to stop. Reading order of {@link #run} is start order, its closing brace is stop order.
public final class Agent {
    private final AgentConfig config;
    private final Stops stops;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Machine machine;
    private final Consumer<Ready> whenReady;
    private final @Nullable Application application;
    private final HealthBoard board;
    private final StartTrace trace;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(new MetricsConfig());

    /// @param config what to run
    /// @param stops whoever offers a reason ends it
    /// @param machine what it runs on, and since when, for "ready after"
    /// @param whenReady called once, on the thread that runs it
    /// @param application is started once all is ready, and its end is the end of the agent; null for none
    public Agent(
            AgentConfig config,
            Stops stops,
            InstantSource clock,
            RandomGenerator random,
            Machine machine,
            Consumer<Ready> whenReady,
            @Nullable Application application) {
        this.config = config;
        this.stops = stops;
        this.clock = clock;
        this.random = random;
        this.machine = machine;
        this.whenReady = whenReady;
        this.application = application;
        this.board = new HealthBoard(clock, config.health().gates());
        this.trace = new StartTrace(config.log().startupTrace(), clock, machine.launched());
    }

    /// Runs until there is a reason to stop.
    ///
    /// Envoy is spawned, or given its bootstrap where the launcher has spawned it, as soon as the sockets that
    /// it dials listen, and boots while what will answer there starts: the kernel holds what it says until
    /// then. Not before: an Envoy that finds its ADS socket missing waits up to half a second before it tries
    /// again. Bootstraps are written once these sockets are ours, so that an agent that is refused the work
    /// directory of another one leaves that one's files alone. The relay comes next, as Envoy waits for what
    /// the control plane says; names, secrets and whoever asks after the agent can wait for that. What answers
    /// names and secrets outlives Envoy.
    ///
    /// @return the reason
    /// @throws IOException when a component cannot start; says what, where and how to fix it
    public StopReason run() throws IOException, InterruptedException {
        trace.ended("launcher, JVM and settings");
        Preload.tls(config.xds());
        Folders.create(config);
        // Gates readiness from before the first probe can come until everything that has conditions of its own is up.
        var lifecycle = board.condition("lifecycle", Gate.READINESS, "the agent is starting");
        var xdsCondition = board.condition("xds", Gate.INFORMATION, "no control plane has been asked yet");
        var identityCondition = board.condition("identity", Gate.INFORMATION, "no certificate yet");
        // What needs no netty, which `Preload` still initialises: the sockets would wait for it.
        var stats = new StatsMerger(config.stats(), registry, Wiring.envoyEnds(registry));
        var envoyMetrics = config.envoy().map(_ -> new EnvoyMetrics(registry));
        var bootstrap = config.bootstraps().envoy().toJson();
        var relay = new AtomicReference<@Nullable XdsProxy>();
        var names = new CompletableFuture<DnsProxy>();
        try (var _ = Orphans.adopt();
                var xdsListener = XdsProxy.listen(config.xds());
                var sdsListener = trace.started("sockets for Envoy", SdsServer.listen(config.sds()));
                var crashes = new CrashReports(config.crash(), bootstrap, () -> held(relay.get()));
                var envoy = startEnvoy(bootstrap.pretty(), crashes, envoyMetrics);
                var loops = trace.started("event loops", EventLoops.start());
                var identity = trace.started(
                        "identity source",
                        IdentitySources.start(
                                config.identity(), loops.ofIdentity(), registry, identityCondition, clock, random));
                var xds = trace.started(
                        "xDS relay",
                        XdsProxy.start(
                                config.xds(),
                                xdsListener,
                                Wiring.clientIdentity(identity),
                                handlers(names),
                                new Refusals(board.condition("config", Gate.INFORMATION, "no configuration yet")),
                                loops.group(),
                                registry,
                                xdsCondition,
                                clock,
                                random));
                var status = trace.started(
                        "status server", StatusServer.start(config.status(), board, stats, appProbes(loops), clock));
                var dns = config.dns().isPresent() ? startDns(loops, names) : null;
                var tokens =
                        JwtSvids.start(config.identity(), identity.latest(), loops.group(), registry, clock, random);
                var sds = trace.started(
                        "SDS",
                        SdsServer.start(
                                config.sds(),
                                sdsListener,
                                identity.latest(),
                                tokens,
                                loops.ofIdentity(),
                                registry,
                                clock));
                var _ = startCredentialFiles(identity);
                var _ = startTokenFiles(tokens);
                var _ = envoy; // started before what it dials, and stopped before it, too
                var _ = envoy == null ? null : startWarmingWatch(xds);
                var _ = startApplicationCheck(loops, xds);
                var _ = startExport(stats);
                var levels = new LogLevels(
                        Wiring.logs(envoy), loops.group(), Thread.ofVirtual().name("log-levels")::start, clock);
                var drain = envoy == null ? null : drain(envoy)) {
            relay.set(xds);
            Folders.writeGrpcBootstrap(config);
            identity.awaitStarted();
            var leaving = new Leaving(lifecycle, drain);
            status.show(new AgentPages(board, stops, leaving, clock, identity, sds, xds, dns, envoy, crashes, levels));
            lifecycle.met("running");
            stops.askedToDrain().thenAccept(leaving::begin);
            trace.ended("everything started");
            var manager = ServiceManager.start(config.serviceManager(), loops.group(), board, clock);
            var reason = awaitStop(envoy, manager);
            manager.stopping(
                    reason.describe(),
                    config.drain().max().plus(config.application().stop()));
            reason = endApplication(reason, leaving);
            leaving.end(reason);
            return reason;
        }
    }

    private AppProbes appProbes(EventLoops loops) {
        return new AppProbes(config.health().appProbes(), new Prober(loops.group()));
    }

    private @Nullable ApplicationCheck startApplicationCheck(EventLoops loops, XdsProxy xds) {
        var check = config.health().check();
        if (check.isEmpty()) {
            return null;
        }
        var condition = board.condition("application", Gate.INFORMATION, "the application has not been asked yet");
        return ApplicationCheck.start(check.get(), new Prober(loops.group()), condition, xds::reportHealth);
    }

    private @Nullable OtlpExport startExport(StatsMerger stats) {
        var otlp = config.otlp();
        return otlp.isPresent() ? OtlpExport.start(otlp.get(), stats, registry) : null;
    }

    private Drain drain(EnvoySupervisor envoy) {
        return new Drain(config.envoy().orElseThrow().admin(), config.drain(), envoy::running, clock);
    }

    private @Nullable CredentialFiles startCredentialFiles(IdentitySource identity) throws IOException {
        var files = config.credentials().certificates();
        if (files.isEmpty()) {
            return null;
        }
        var condition = board.condition("credentials", Gate.READINESS, "no identity yet");
        return CredentialFiles.start(files.get(), config.credentials().keyPermissions(), identity.latest(), condition);
    }

    private @Nullable TokenFiles startTokenFiles(JwtSvids tokens) {
        var files = config.credentials().tokens();
        if (files.isEmpty()) {
            return null;
        }
        var condition = board.condition("jwt-files", Gate.READINESS, "no JWT-SVID yet");
        return TokenFiles.start(files, tokens, condition);
    }

    private DnsProxy startDns(EventLoops loops, CompletableFuture<DnsProxy> names) throws IOException {
        // Names come with a client's stream, and without Envoy a client may wait until the agent is ready.
        var gate = config.nameTable() && config.envoy().isPresent() ? Gate.READINESS : Gate.INFORMATION;
        var condition = board.condition("dns", gate, "the DNS proxy is starting");
        var dns = DnsProxy.start(
                config.dns().orElseThrow(), loops.group(), registry, condition, clock, new Unpredictable());
        names.complete(dns);
        return trace.started("DNS", dns);
    }

    private List<ResourceHandler> handlers(CompletableFuture<DnsProxy> names) {
        return config.dns().isPresent() && config.nameTable() ? List.of(Wiring.nameTable(names)) : List.of();
    }

    /// What an Envoy that has just ended held.
    private Optional<XdsHistory.Stream> held(@Nullable XdsProxy xds) {
        if (xds == null) {
            return Optional.empty(); // it ended before anybody could have answered it
        }
        var node = config.bootstraps().envoy().node().id();
        return Stream.concat(xds.lastEnded().stream(), xds.history().streams().stream())
                .filter(stream -> stream.node().equals(node))
                .findFirst();
    }

    private @Nullable EnvoySupervisor startEnvoy(String bootstrap, CrashReports crashes, Optional<EnvoyMetrics> metrics)
            throws IOException {
        FreeAddresses.require("status address", config.status().address(), "set --status-address");
        var started = machine.earlyEnvoy();
        if (config.envoy().isEmpty()) {
            started.ifPresent(EarlyEnvoy::end);
            return null;
        }
        var settings = config.envoy().get();
        requireFreeAddresses(config.bootstraps().envoy());
        var early = started.filter(it -> it.isWanted(settings));
        early.ifPresent(it -> it.begin(bootstrap));
        Folders.writeEnvoyBootstrap(settings.bootstrapFile(), bootstrap);
        trace.ended("Envoy's bootstrap");
        return trace.started(
                "Envoy spawned",
                EnvoySupervisor.start(
                        settings,
                        early,
                        new EnvoyHooks(
                                (level, message) -> Log.get().pass(level, "envoy", message),
                                crashes::crashed,
                                machine.cgroup()::oomKills),
                        board.condition("envoy", Gate.READINESS, "Envoy is starting"),
                        metrics.orElseThrow(),
                        stops,
                        clock,
                        random));
    }

    private WarmingWatch startWarmingWatch(XdsProxy xds) {
        var admin = new EnvoyWarming(config.envoy().orElseThrow().admin());
        return WarmingWatch.start(admin, xds, config.xds().silenceWarning(), clock);
    }

    private static void requireFreeAddresses(EnvoyBootstrap envoy) throws IOException {
        FreeAddresses.require("admin address", envoy.admin(), "set --admin-address");
        if (envoy.readiness().isPresent()) {
            FreeAddresses.require("readiness address", envoy.readiness().get(), "set --readiness-address");
        }
        if (envoy.stats().isPresent()) {
            FreeAddresses.require("stats address", envoy.stats().get(), "set --stats-address");
        }
    }

    private StopReason awaitStop(@Nullable EnvoySupervisor envoy, ServiceManager manager) throws InterruptedException {
        var watch = new ReadinessWatch(board, clock, machine.launched(), took -> ready(took, envoy));
        var start = new ApplicationStart(application, board, clock);
        var trim = new HeapTrim(HeapTrim.Heap.own(), clock);
        while (true) {
            trim.look();
            var reason = stops.await(least(watch.look(), manager.look())).or(start::look);
            if (reason.isPresent()) {
                return reason.get();
            }
        }
    }

    private void ready(Duration took, @Nullable EnvoySupervisor envoy) {
        trace.ended("ready");
        trace.write();
        whenReady.accept(new Ready(took, readyAfter(envoy)));
        if (application != null) {
            application.start();
        }
    }

    /// The application ends before Envoy does anything but drain: its last requests go out through it.
    ///
    /// @return why the agent ends, in the light of how the application did
    private StopReason endApplication(StopReason reason, Leaving leaving) throws InterruptedException {
        if (application == null || reason instanceof StopReason.ApplicationEnded) {
            return reason;
        }
        var isTold = reason instanceof StopReason.Signalled || reason instanceof StopReason.QuitRequested;
        if (application.isStarted()) {
            leaving.begin(reason.describe());
        }
        var status = application.end();
        if (!isTold) {
            return reason;
        }
        return status.isPresent()
                ? new StopReason.ApplicationEnded(status.get())
                : new StopReason.ApplicationNotStarted();
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Optional<Duration> readyAfter(@Nullable EnvoySupervisor envoy) {
        return envoy == null ? Optional.empty() : envoy.status().readyAfter();
    }
}
