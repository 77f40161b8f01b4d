package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.XdsPush.Answer;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JournalTest {
    private final FakeScheduler clock = new FakeScheduler(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void onlyTheLastPushesAreKeptAndNumbersGoOn() {
        var journal = new Journal(clock, 3, 1_000_000);

        for (int i = 0; i < 10; i++) {
            journal.add(1, push("v" + i), clock.instant(), Journal.Diff.UNKNOWN);
        }

        assertThat(journal.pushes()).extracting(XdsPush::number).containsExactly(8L, 9L, 10L);
    }

    @Test
    void longTextsPushOldEntriesOut() {
        var journal = new Journal(clock, 1_000, 10_000);
        var first = journal.add(1, push("0"), clock.instant(), Journal.Diff.UNKNOWN);
        var entries = java.util.stream.IntStream.range(0, 20)
                .mapToObj(i -> journal.add(1, push("v" + i), clock.instant(), Journal.Diff.UNKNOWN))
                .toList();

        entries.forEach(entry -> journal.answer(entry, Answer.NACK, "x".repeat(5_000)));
        journal.answer(first, Answer.ACK, "");

        assertThat(journal.pushes()).hasSizeBetween(2, 5);
        assertThat(journal.pushes().getLast().reason()).hasSize(Journal.REASON).endsWith("…");
    }

    @Test
    void ofManyNamesTheFirstAreKeptAndTheRestIsCounted() {
        var names = new Journal.Collector();
        for (int i = 0; i < 120; i++) {
            names.add("n".repeat(i + 100));
        }

        assertThat(names.names().names()).hasSize(Journal.NAMES).allMatch(it -> it.length() <= Journal.WORD);
        assertThat(names.names().more()).isEqualTo(70);
        assertThat(names.names().count()).isEqualTo(120);
    }

    @Test
    void theFirstAnswerCountsAndItsTimeIsTaken() {
        var journal = new Journal(clock);
        var entry = journal.add(1, push("1"), clock.instant(), Journal.Diff.UNKNOWN);
        assertThat(journal.pushes().getFirst().answer()).isEqualTo(Answer.WAITING);

        clock.advance(Duration.ofMillis(40));
        journal.answer(entry, Answer.NACK, " no such thing\n");
        clock.advance(Duration.ofSeconds(1));
        journal.answer(entry, Answer.ACK, "");

        var push = journal.pushes().getFirst();
        assertThat(push.answer()).isEqualTo(Answer.NACK);
        assertThat(push.reason()).isEqualTo("no such thing");
        assertThat(push.took()).contains(Duration.ofMillis(40));
    }

    private static Push push(String version) {
        return new Push(CDS, version, "n", 0, Listing.EMPTY, Listing.EMPTY, Message.of(new byte[10]));
    }
}
