package dev.outrigger.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeScheduler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogLevelsTest {
    private static final Set<String> BOTH = Set.of("agent", "envoy");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeScheduler time = new FakeScheduler(Instant.EPOCH);
    private final FakeLog agent = new FakeLog("info");
    private final FakeLog envoy = new FakeLog("warning");
    private final LogLevels levels =
            new LogLevels(new LinkedHashMap<>(Map.of("agent", agent, "envoy", envoy)), time, Runnable::run, time);

    /// One that may be away.
    private static final class FakeLog implements LogLevels.Target {
        private String level;
        private String wanted;
        private boolean isAway;

        FakeLog(String level) {
            this.level = level;
            this.wanted = level;
        }

        @Override
        public String level() {
            return wanted;
        }

        @Override
        public void level(String given) throws IOException {
            wanted = given;
            if (isAway) {
                throw new IOException("away");
            }
            level = given;
        }

        @Override
        public boolean isDone() {
            return level.equals(wanted);
        }
    }

    @Test
    void aChangeEndsByItself() {
        levels.change(Verbosity.DEBUG, MINUTE, BOTH);

        time.advance(MINUTE.minusMillis(1));
        assertThat(List.of(agent.level, envoy.level)).containsExactly("debug", "debug");
        time.advance(Duration.ofMillis(1));
        assertThat(List.of(agent.level, envoy.level)).containsExactly("info", "warning");
        assertThat(levels.states()).allMatch(state -> state.until().isEmpty());
    }

    @Test
    void aLaterChangeCountsFromItsOwnBeginningAndGoesBackToWhatWasBeforeBoth() {
        levels.change(Verbosity.DEBUG, MINUTE, Set.of("envoy"));
        time.advance(MINUTE.dividedBy(2));
        levels.change(Verbosity.TRACE, MINUTE, Set.of("envoy"));

        time.advance(MINUTE.dividedBy(2));
        assertThat(envoy.level).as("the end of the first one").isEqualTo("trace");
        assertThat(agent.level).isEqualTo("info");
        time.advance(MINUTE.dividedBy(2));
        assertThat(envoy.level).isEqualTo("warning");
    }

    @Test
    void aResetEndsAChangeAtOnceAndItsTimerDoesNothingMore() {
        levels.change(Verbosity.DEBUG, MINUTE, BOTH);

        levels.reset(Set.of("agent"));
        assertThat(List.of(agent.level, envoy.level)).containsExactly("info", "debug");
        agent.level = "error";
        agent.wanted = "error";
        time.advance(MINUTE);

        assertThat(List.of(agent.level, envoy.level)).containsExactly("error", "warning");
    }

    @Test
    void aLogThatDoesNotAnswerIsSaidToBeBehindAndTheOtherOneChanges() {
        envoy.isAway = true;

        levels.change(Verbosity.DEBUG, MINUTE, BOTH);

        assertThat(agent.level).isEqualTo("debug");
        assertThat(levels.states())
                .filteredOn(state -> !state.isDone())
                .hasSize(1)
                .allSatisfy(state -> {
                    assertThat(state.name()).isEqualTo("envoy");
                    assertThat(state.level()).isEqualTo("debug");
                    assertThat(state.before()).isEqualTo("warning");
                    assertThat(state.until()).contains(Instant.EPOCH.plus(MINUTE));
                });
    }
}
