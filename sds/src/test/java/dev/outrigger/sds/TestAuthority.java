package dev.outrigger.sds;

import dev.outrigger.testkit.FakeCa;
import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// An authority without a network, which remembers when it was asked.
final class TestAuthority implements Authority, AutoCloseable {
    final List<Instant> asked = new ArrayList<>();
    final List<String> requests = new ArrayList<>();
    final FakeCa ca;
    private final InstantSource clock;
    private @Nullable RequestFailedException failure;
    private UnaryOperator<List<String>> bend = UnaryOperator.identity();

    TestAuthority(TestCa ca, String spiffeId, InstantSource clock, Duration lifetime) throws IOException {
        this.clock = clock;
        this.ca = FakeCa.start(ca, spiffeId, clock, null);
        this.ca.lifetime(lifetime);
    }

    void fail(IdentityMetrics.Failure kind, boolean soon) {
        failure = new RequestFailedException(kind, soon, "told to fail: " + kind, new IOException("test"));
    }

    void bend(UnaryOperator<List<String>> how) {
        bend = how;
    }

    void work() {
        failure = null;
        bend = UnaryOperator.identity();
    }

    /// Pauses between what it was asked.
    List<Duration> gaps() {
        var gaps = new ArrayList<Duration>();
        for (var i = 1; i < asked.size(); i++) {
            gaps.add(Duration.between(asked.get(i - 1), asked.get(i)));
        }
        return gaps;
    }

    @Override
    public List<String> sign(String request, int pick) throws RequestFailedException {
        asked.add(clock.instant());
        requests.add(request);
        if (failure != null) {
            throw failure;
        }
        return bend.apply(ca.sign(request));
    }

    @Override
    public void close() {
        ca.close();
    }
}
