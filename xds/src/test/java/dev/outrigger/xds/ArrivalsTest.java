package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is left out because a later push outdates it makes no difference in the end.
class ArrivalsTest {
    private static final Client CLIENT = new Client("n", "envoy");

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void theOutcomeIsThatOfTakingAllApart(long seed) throws ProtocolException {
        var random = new Random(seed);
        int leftOut = 0;
        for (int run = 0; run < 500; run++) {
            var all = new ArrayList<Accepted>();
            var arrivals = new Arrivals();
            for (int i = 0; i < 12; i++) {
                var push = push(random, "v" + i);
                all.add(push);
                arrivals.add(push);
            }

            var kept = new ArrayList<Accepted>();
            for (var next = arrivals.poll(); next != null; next = arrivals.poll()) {
                kept.add(next);
            }

            assertThat(outcome(kept)).isEqualTo(outcome(all));
            leftOut += all.size() - kept.size();
        }
        assertThat(leftOut).isPositive();
    }

    /// Pushes of a part of a type do not outdate each other, so they are taken apart before they are many; whole
    /// ones may wait for longer.
    @ParameterizedTest
    @CsvSource({"600000, 4", "6000000, 2", "100, 257"})
    void whatWaitsIsBounded(int size, int full) throws ProtocolException {
        var arrivals = new Arrivals();
        int number = 0;
        do {
            number++;
        } while (arrivals.add(named("name-" + number, size)) == Arrivals.Load.FINE);

        assertThat(number).isEqualTo(full);
        while (arrivals.poll() != null) {}
        assertThat(arrivals.add(named("a", size))).isEqualTo(Arrivals.Load.FINE);
    }

    private static Accepted named(String name, int size) throws ProtocolException {
        var any = new Writer().string(1, CDS).bytes(2, new byte[size]);
        var resource = new Writer().string(1, "1").message(2, any).string(3, name);
        var message =
                Message.of(new Writer().message(2, resource).string(4, CDS).toBytes());
        var push = Sent.of(Push.read(Protocol.DELTA, message), 1, new KeepsAll());
        var scope = new Keeper.Scope(false, true, null, List.of());
        return new Accepted(CLIENT, Protocol.DELTA, CDS, push, push.takeRaw(), scope, true);
    }

    private static Accepted push(Random random, String version) throws ProtocolException {
        var writer = new Writer().string(1, version);
        var names = random.nextBoolean() ? List.of("a", "b", "c") : random.nextBoolean() ? List.of("b") : List.of("c");
        for (var name : names) {
            var any = new Writer().string(1, CDS).string(2, version);
            writer.message(2, new Writer().string(1, version).message(2, any).string(3, name));
        }
        if (random.nextInt(6) == 0) {
            writer.string(6, "b");
        }
        var push = Sent.of(
                Push.read(Protocol.DELTA, Message.of(writer.string(4, CDS).toBytes())), 1, new KeepsAll());
        if (random.nextInt(6) == 0) {
            push.forget("a");
        }
        List<String> only = random.nextInt(6) == 0 ? List.of("a", "c") : null;
        List<String> dropped = random.nextInt(6) == 0 ? List.of("c") : List.of();
        var scope = new Keeper.Scope(false, true, only, dropped);
        return new Accepted(CLIENT, Protocol.DELTA, CDS, push, push.takeRaw(), scope, random.nextInt(4) > 0);
    }

    private static Map<String, String> outcome(List<Accepted> pushes) throws ProtocolException {
        @Nullable KeptType type = null;
        for (var push : pushes) {
            type = push.onto(type);
        }
        var versions = new TreeMap<String, String>();
        if (type != null) {
            var resources = type.resources();
            IntStream.range(0, resources.count())
                    .forEach(row -> versions.put(resources.name(row), resources.version(row)));
        }
        return versions;
    }

    private static final class KeepsAll implements Keeper {
        @Override
        public boolean keeps(String typeUrl) {
            return true;
        }

        @Override
        public boolean isOwn(String nonce) {
            return false;
        }

        @Override
        public void acked(String typeUrl, Sent push, Scope scope) {}
    }
}
