package dev.outrigger.agent.probe;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.Condition;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Watches the application for a workload that no platform watches, and tells when it has changed. One virtual
/// thread owns all of it.
public final class ApplicationCheck implements AutoCloseable {
    private static final System.Logger log = System.getLogger(ApplicationCheck.class.getName());

    private final CheckConfig config;
    private final Prober prober;
    private final Condition condition;
    private final Consumer<Optional<String>> changed;
    private final CountDownLatch closing = new CountDownLatch(1);

    private ApplicationCheck(
            CheckConfig config, Prober prober, Condition condition, Consumer<Optional<String>> changed) {
        this.config = config;
        this.prober = prober;
        this.condition = condition;
        this.changed = changed;
    }

    /// Begins.
    ///
    /// @param condition met while the application is well
    /// @param changed hears each change: why it is not well, or empty when it is; must not wait
    public static ApplicationCheck start(
            CheckConfig config, Prober prober, Condition condition, Consumer<Optional<String>> changed) {
        var check = new ApplicationCheck(config, prober, condition, changed);
        Thread.ofVirtual().name("application-check").start(check::run);
        return check;
    }

    @Override
    public void close() {
        closing.countDown();
    }

    private void run() {
        var verdicts = new Verdicts(config.failures(), config.successes());
        try {
            if (pause(config.delay())) {
                return;
            }
            do {
                look(verdicts);
            } while (!pause(config.period()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean pause(Duration time) throws InterruptedException {
        return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look(Verdicts verdicts) {
        var result = prober.run(config.probe(), Map.of());
        var why = result.isWell() ? "" : why(result);
        if (verdicts.add(result.isWell())) {
            if (result.isWell()) {
                condition.met("the application is well: " + Prober.describe(config.probe()));
                log.log(INFO, "application is well: {0}", Prober.describe(config.probe()));
            } else {
                condition.unmet(why);
                log.log(WARNING, "application is not well: {0}", why);
            }
            changed.accept(result.isWell() ? Optional.empty() : Optional.of(why));
        }
    }

    private String why(ProbeResult result) {
        var said = result.body().strip().replaceAll("\\s+", " ");
        var text = result.status() == 500 && said.startsWith(Prober.describe(config.probe()))
                ? said
                : Prober.describe(config.probe()) + ": status " + result.status() + (said.isEmpty() ? "" : " " + said);
        return text.substring(0, Math.min(text.length(), 300));
    }
}
