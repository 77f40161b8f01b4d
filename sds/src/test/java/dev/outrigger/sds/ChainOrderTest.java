package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.TestCa;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChainOrderTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final TestCa ROOT = TestCa.create("root");
    private static final TestCa LOWER =
            ROOT.intermediate("upper").intermediate("middle").intermediate("lower");

    private final TestCa.Issued issued = LOWER.issue(TestIdentities.ID, HOUR);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyOrderBecomesTheChainWithoutItsRoot(long seed) throws Exception {
        var sent = new ArrayList<>(issued.chain());
        sent.add(ROOT.root());
        Collections.shuffle(sent, new Random(seed));

        assertThat(ChainOrder.of(issued.key(), sent)).isEqualTo(issued.chain());
        assertThat(ChainOrder.of(issued.key(), issued.chain())).isEqualTo(issued.chain());
    }

    @Test
    void aRootThatIsNotOfTheChainIsLeftOutAndAnythingElseRefused() throws Exception {
        var other = TestCa.create("other");
        var foreign = other.intermediate("foreign").issue(TestIdentities.ID, HOUR);

        assertThat(ChainOrder.of(issued.key(), with(other.root()))).isEqualTo(issued.chain());
        refused(with(foreign.chain().get(1)), "no part of its chain");
        refused(with(foreign.leaf()), "no part of its chain");
        refused(List.of(), "without a certificate");
        refused(foreign.chain(), "the key of another certificate");
        refused(Collections.nCopies(21, issued.leaf()), "comes with 21 certificates");
    }

    @Test
    void aChainThatCanBeReadInSeveralWaysIsRefused() throws Exception {
        var twin = ROOT.intermediate("twin");
        var leaf = twin.issue(TestIdentities.ID, HOUR);
        var sibling = ROOT.certify(leaf.chain().get(1).getPublicKey(), "twin.example", HOUR);
        assertThat(sibling).hasSize(1); // another name: no twin

        var again = twin.renewed(ROOT, "twin");
        refused(leaf.key(), List.of(again, leaf.leaf(), leaf.chain().get(1)), "can be read in several ways");
    }

    @Test
    void twoCertificatesOfOneKeyAreRefusedUnlessTheOrderIsRight() {
        var renewed = LOWER.certify(issued.leaf().getPublicKey(), TestIdentities.ID, HOUR);

        refused(List.of(issued.chain().get(1), issued.leaf(), renewed.getFirst()), "2 certificates of one key");
    }

    private List<X509Certificate> with(X509Certificate more) {
        var sent = new ArrayList<>(issued.chain());
        sent.add(1, more);
        return sent;
    }

    private void refused(List<X509Certificate> sent, String why) {
        refused(issued.key(), sent, why);
    }

    private static void refused(java.security.PrivateKey key, List<X509Certificate> sent, String why) {
        assertThatThrownBy(() -> ChainOrder.of(key, sent))
                .isInstanceOf(RefusedSvidException.class)
                .hasMessageContaining(why);
    }
}
