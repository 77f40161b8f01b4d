package dev.outrigger.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VerdictsTest {
    @Test
    void theVerdictChangesAfterSoManyAlikeInARow() {
        var verdicts = new Verdicts(3, 2);

        assertThat(verdicts.add(true)).isFalse();
        assertThat(verdicts.add(true)).isTrue();
        assertThat(verdicts.add(false)).isFalse();
        assertThat(verdicts.add(false)).isFalse();
        assertThat(verdicts.add(true)).isFalse();
        assertThat(verdicts.add(false)).isFalse();
        assertThat(verdicts.add(false)).isFalse();
        assertThat(verdicts.add(false)).isTrue();
        assertThat(verdicts.add(false)).isFalse();
        assertThat(verdicts.add(true)).isFalse();
        assertThat(verdicts.add(true)).isTrue();
    }

    @Test
    void theFirstVerdictIsAChangeEitherWay() {
        assertThat(new Verdicts(1, 1).add(false)).isTrue();
        assertThat(new Verdicts(1, 1).add(true)).isTrue();
    }
}
