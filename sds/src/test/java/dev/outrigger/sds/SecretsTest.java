package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.TestCa;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecretsTest {
    private static final List<String> TRUST = List.of("ROOTCA", "ALL", "spiffe://test.example", "spiffe://far.example");

    private final SdsConfig config = new SdsConfig(Path.of("sds.sock"));
    private final TestCa ca = TestCa.create("root");
    private final TestCa far = TestCa.create("far");
    private final Identity first = identity();
    private final Secrets secrets = Secrets.of(first, config, null);

    @Test
    void bundlesThatStayAreNotWrittenAgain() {
        var next = Secrets.of(identity(), config, secrets);

        assertThat(TRUST)
                .allSatisfy(name -> assertThat(next.named(name)).isNotNull().isSameAs(secrets.named(name)));
        assertThat(List.of("default", first.spiffeId()))
                .allSatisfy(name -> assertThat(next.named(name)).isNotNull().isNotEqualTo(secrets.named(name)));
        assertThat(next.version()).isNotEqualTo(secrets.version());
    }

    @Test
    void whatComesBehindAnotherIsWhatItWouldBeAlone() {
        var changes = List.of(
                identity(),
                TestIdentities.withBundle(first, ca.root(), far.root()),
                TestIdentities.withBundle(first, far.root()),
                TestIdentities.withFederated(first, Map.of()),
                TestIdentities.withFederated(first, Map.of("far.example", List.of(ca.root()))),
                TestIdentities.withFederated(first, Map.of("near.example", List.of(far.root()))));

        for (var identity : changes) {
            var behind = Secrets.of(identity, config, secrets);
            var alone = Secrets.of(identity, config, null);

            assertThat(behind.version()).isEqualTo(alone.version()).isNotEqualTo(secrets.version());
            assertThat(TRUST).allSatisfy(name -> assertThat(behind.named(name)).isEqualTo(alone.named(name)));
            assertThat(behind.named("default")).isEqualTo(alone.named("default"));
        }
    }

    private Identity identity() {
        return TestIdentities.of(
                ca.issue(TestIdentities.ID, Duration.ofHours(1)),
                List.of(ca.root()),
                Map.of("far.example", List.of(far.root())));
    }
}
