package dev.outrigger.stats;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// One scrape from the first question to the last byte. One thread, and a virtual one for each source, which ends
/// when this is closed.
final class Merge implements AutoCloseable {
    private static final String OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final int HELD_BY_AGENT = 2 * Body.LIMIT;

    private final StatsConfig config;
    private final Format format;
    private final StatsMetrics metrics;
    private final SourceHealth health;
    private final Clock clock;
    private final Holdings holdings;
    private final Limits limits;
    private final Deadline each;
    private final Deadline whole;
    /// Until when it may take to read what a source sent within its limit; the rest is Envoy's.
    private final Deadline held;
    private final long start;
    private final List<HttpGet> gets = new ArrayList<>();
    private final List<Budget.Lease> leases = new ArrayList<>();
    /// Each gives the memory of one answer back, if nobody can be using it any more.
    private final List<Runnable> spares = new ArrayList<>();
    private final SourcesUp up = new SourcesUp();

    Merge(
            StatsConfig config,
            Format format,
            Limits limits,
            StatsMetrics metrics,
            SourceHealth health,
            Clock clock,
            Holdings holdings) {
        this.config = config;
        this.format = format;
        this.metrics = metrics;
        this.health = health;
        this.clock = clock;
        this.holdings = holdings;
        this.limits = limits;
        this.start = clock.monotonicTime();
        this.each = Deadline.in(clock, limits.each());
        this.whole = Deadline.in(clock, limits.whole());
        this.held = Deadline.in(
                clock,
                limits.each().plusMillis(limits.whole().minus(limits.each()).toMillis() / 4));
    }

    /// One question under way.
    private record Asked<T>(Source source, URI uri, FutureTask<T> answer) {
        String place() {
            return uri.toString();
        }
    }

    /// Asks all, joins what is held, passes Envoy on, writes the rest.
    ///
    /// @param continuity null when Envoy's counters may fall
    void write(PrometheusMeterRegistry registry, @Nullable Continuity continuity, OutputStream out) throws IOException {
        leases.addAll(holdings.reserve(limits.each().toMillis() / 2));
        var lease = leases.getLast();
        var view = new EnvoyView(format, config.filter(), lease, continuity);
        var envoy = config.envoy().map(this::askEnvoy);
        var applications = askApplications();
        var joint = Joint.of(view, metrics, lease, out);
        for (var application : applications) {
            await(application, joint);
        }
        joint.add(render(registry));
        if (envoy.isPresent()) {
            pass(envoy.get(), joint);
        }
        joint.add(own(up.text(), format.text()));
        joint.writeRest();
        out.flush();
        holdings.joining().learn(lease.most());
    }

    @Override
    public void close() {
        gets.forEach(HttpGet::close);
        leases.forEach(Budget.Lease::close);
        spares.forEach(Runnable::run);
    }

    private Asked<HttpGet> askEnvoy(URI uri) {
        var get = get(uri, format.wantedOfEnvoy(config.filter().labels().isPresent()));
        return ask(Source.ENVOY, uri, () -> {
            get.open();
            return get;
        });
    }

    private List<Asked<HeldText>> askApplications() {
        var asked = new ArrayList<Asked<HeldText>>();
        for (var application : holdings.applications()) {
            asked.add(askApplication(application, leases.get(asked.size())));
        }
        return asked;
    }

    private Asked<HeldText> askApplication(Application application, Budget.Lease lease) {
        var get = get(application.uri(), (config.filter().labels().isPresent() ? format.text() : format).wanted());
        var body = new Body(lease, application.takeSpare());
        var asked = ask(Source.APPLICATION, application.uri(), () -> {
            var text = application.ask(
                    limits.each(),
                    each,
                    lease,
                    () -> HeldText.fetch(get, format, body).filtered(config.filter(), lease));
            took(Source.APPLICATION);
            return text;
        });
        spares.add(() -> {
            if (asked.answer().isDone()) {
                application.giveSpare(body.memory());
            }
        });
        return asked;
    }

    private HttpGet get(URI uri, String accept) {
        var get = new HttpGet(uri, accept, each);
        gets.add(get);
        return get;
    }

    private static <T> Asked<T> ask(Source source, URI uri, Callable<T> question) {
        var task = new FutureTask<>(question);
        Thread.ofVirtual().name("scrape-" + source.label()).start(task);
        return new Asked<>(source, uri, task);
    }

    private void await(Asked<HeldText> asked, Joint joint) throws IOException {
        try {
            var text = answer(asked, held);
            joint.add(text);
            if (text.flaw() != null) {
                throw text.flaw();
            }
            succeeded(asked);
        } catch (SourceException e) {
            failed(asked, e);
        }
    }

    private void pass(Asked<HttpGet> asked, Joint joint) throws IOException {
        try {
            var get = answer(asked, whole);
            get.until(whole);
            joint.pass(get);
            took(Source.ENVOY);
            succeeded(asked);
        } catch (SourceException e) {
            failed(asked, e);
        }
    }

    /// The agent's own metrics do not depend on what is left of the budget: they tell of its want.
    private HeldText render(PrometheusMeterRegistry registry) {
        var own = new Budget(HELD_BY_AGENT).lease();
        try {
            var begin = clock.monotonicTime();
            var body = new Body(own);
            var isOpen = format.isOpenMetrics();
            OwnText.write(registry, isOpen ? OPEN : Format.TEXT.contentType(), body);
            var parsed = TextParser.parse(Source.AGENT, body, isOpen, format.text());
            var text = new HeldText(parsed.families(), List.of(), null).filtered(config.filter(), own);
            metrics.took(Source.AGENT, Duration.ofNanos(clock.monotonicTime() - begin));
            health.succeeded(Source.AGENT, "registry");
            up.add(Source.AGENT, "registry", true);
            return text;
        } catch (IOException | RuntimeException e) {
            health.failed(Source.AGENT, "registry", e.toString());
            up.add(Source.AGENT, "registry", false);
            return new HeldText(List.of(), List.of(), null);
        }
    }

    private static HeldText own(Body body, Format shown) throws IOException {
        return new HeldText(TextParser.parse(Source.AGENT, body, false, shown).families(), List.of(), null);
    }

    private <T> T answer(Asked<T> asked, Deadline limit) throws SourceException, InterruptedIOException {
        try {
            return asked.answer().get(limit.millisLeft(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SourceException("too slow", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SourceException known
                    ? known
                    : new SourceException(String.valueOf(e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the scrape was interrupted");
        }
    }

    private void took(Source source) {
        metrics.took(source, Duration.ofNanos(clock.monotonicTime() - start));
    }

    private void succeeded(Asked<?> asked) {
        health.succeeded(asked.source(), asked.place());
        up.add(asked.source(), SourcesUp.place(asked.uri()), true);
    }

    private void failed(Asked<?> asked, SourceException e) {
        up.add(asked.source(), SourcesUp.place(asked.uri()), false);
        health.failed(asked.source(), asked.place(), String.valueOf(e.getMessage()));
    }
}
