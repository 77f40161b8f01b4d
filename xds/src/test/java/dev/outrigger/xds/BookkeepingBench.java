package dev.outrigger.xds;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.net.ProtocolException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// What the relay itself has to do for one push and the client's answer to it, beside moving the bytes: one walk
/// over the push, what the client holds, the journal, the metrics.
///
/// Run by `bench/xds-bookkeeping`, with the options that the agent runs with. CPU is that of the whole process,
/// so that garbage collection counts.
final class BookkeepingBench {
    private static final int RESOURCES = 10_000;
    private static final int FILLING = 470;
    private static final int WARM_UP = 60;
    /// Process CPU is told in steps of 10 ms: a push of one resource is repeated, the bytes are copied, more
    /// often.
    private static final int SMALL = 100_000;

    private static final int REPEATS = 20;
    private static final String API = "type.googleapis.com/envoy.config.";
    private static final String CDS = API + "cluster.v3.Cluster";
    private static final String EDS = API + "endpoint.v3.ClusterLoadAssignment";

    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Case shape;
    private final StreamState state;
    private final StreamReport report;
    private final List<byte[]> pushes = new ArrayList<>();
    private final List<byte[]> answers = new ArrayList<>();
    private byte[] copy = new byte[0];

    /// @param named the client subscribes by name
    /// @param partial a push carries only what changed
    /// @param shuffled each push has an order of its own
    record Case(
            String title,
            Protocol protocol,
            String typeUrl,
            boolean named,
            boolean partial,
            boolean shuffled,
            IntPredicate changed) {
        Case(String title, Protocol protocol, String typeUrl, boolean named, boolean partial, IntPredicate changed) {
            this(title, protocol, typeUrl, named, partial, false, changed);
        }

        @Override
        public String toString() {
            return title;
        }
    }

    BookkeepingBench(Case shape) throws ProtocolException {
        this.shape = shape;
        this.state = StreamState.of(shape.protocol(), Keeper.NONE);
        this.report = new StreamReport(
                1,
                shape.protocol(),
                XdsObserver.NONE,
                new XdsMetrics(new SimpleMeterRegistry()),
                new Journal(InstantSource.system()));
        state.onUpstreamOpen();
        ask(request("", ""));
        var all = IntStream.range(0, RESOURCES).boxed().toList();
        play(push(0, all), request("0", "nonce-0"));
        for (int version = 1; version <= 2; version++) {
            var order = new ArrayList<>(
                    shape.partial()
                            ? all.stream().filter(i -> shape.changed().test(i)).toList()
                            : all);
            if (shape.shuffled()) {
                Collections.shuffle(order, new Random(version));
            }
            pushes.add(push(version, order));
            answers.add(request(Integer.toString(version), "nonce-" + version));
        }
    }

    public static void main(String[] arguments) throws ProtocolException {
        int rounds = arguments.length == 0 ? 200 : Integer.parseInt(arguments[0]);
        System.out.println(
                "case                                    MB  CPU µs/push   µs/MB  ns/resource  × copy  garbage kB  GCs/push");
        for (var shape : cases()) {
            new BookkeepingBench(shape).measure(rounds);
        }
    }

    static List<Case> cases() {
        IntPredicate all = _ -> true;
        IntPredicate one = i -> i == RESOURCES / 2;
        IntPredicate none = _ -> false;
        return List.of(
                new Case("delta CDS, all changed", Protocol.DELTA, CDS, false, false, all),
                new Case("delta CDS, all changed, any order", Protocol.DELTA, CDS, false, false, true, all),
                new Case("delta CDS, one pushed", Protocol.DELTA, CDS, false, true, one),
                new Case("delta CDS, none changed", Protocol.DELTA, CDS, false, false, none),
                new Case("delta EDS by name, all changed", Protocol.DELTA, EDS, true, false, all),
                new Case("SotW CDS, all changed", Protocol.SOTW, CDS, false, false, all),
                new Case("SotW CDS, one changed", Protocol.SOTW, CDS, false, false, one),
                new Case("SotW CDS, none changed", Protocol.SOTW, CDS, false, false, none),
                new Case("SotW EDS by name, all changed", Protocol.SOTW, EDS, true, false, all),
                new Case("SotW EDS by name, any order", Protocol.SOTW, EDS, true, false, true, all),
                new Case("SotW EDS by name, one pushed", Protocol.SOTW, EDS, true, true, one),
                new Case("SotW EDS by name, none changed", Protocol.SOTW, EDS, true, false, none));
    }

    /// Bytes of a push.
    int bytes() {
        return pushes.getFirst().length;
    }

    /// Bytes that a push and its answer allocate.
    double garbage(int rounds) throws ProtocolException {
        rounds(2);
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId());
        rounds(rounds);
        return (double) (THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId()) - before) / rounds;
    }

    private void measure(int pushesPerCase) throws ProtocolException {
        int length = bytes();
        int rounds = length < SMALL ? pushesPerCase * REPEATS : pushesPerCase;
        rounds(WARM_UP);
        double copying = length < SMALL ? 0 : copying(pushesPerCase);
        long collections = collections();
        long bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId());
        long cpu = PROCESS.getProcessCpuTime();
        rounds(rounds);
        double micros = (PROCESS.getProcessCpuTime() - cpu) / 1e3 / rounds;
        bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId()) - bytes;
        collections = collections() - collections;
        System.out.printf(
                Locale.ROOT,
                "%-36s %5.2f  %11.1f  %6s  %11s  %6s  %10.1f  %8.2f%n",
                shape.title(),
                length / 1e6,
                micros,
                copying == 0 ? "-" : "%.0f".formatted(micros / length * 1e6),
                copying == 0 ? "-" : "%.0f".formatted(micros * 1000 / RESOURCES),
                copying == 0 ? "-" : "%.2f".formatted(micros / copying),
                bytes / 1e3 / rounds,
                (double) collections / rounds);
    }

    private void rounds(int rounds) throws ProtocolException {
        for (int i = 0; i < rounds; i++) {
            play(pushes.get(i & 1), answers.get(i & 1));
        }
    }

    /// Microseconds of CPU to copy a push once.
    private double copying(int rounds) {
        copy = new byte[Math.max(pushes.getFirst().length, pushes.getLast().length)];
        int copies = rounds * REPEATS;
        long cpu = PROCESS.getProcessCpuTime();
        for (int i = 0; i < copies; i++) {
            var push = pushes.get(i & 1);
            System.arraycopy(push, 0, copy, 0, push.length);
        }
        return (PROCESS.getProcessCpuTime() - cpu) / 1e3 / copies;
    }

    private void play(byte[] message, byte[] answer) throws ProtocolException {
        var push = Push.read(shape.protocol(), Message.of(message));
        state.onPush(push);
        report.pushed(push);
        ask(answer);
    }

    private void ask(byte[] message) throws ProtocolException {
        var request = Request.read(shape.protocol(), message);
        state.onRequest(request);
        report.asked(request, state.subscribed(request.typeUrl()));
    }

    private byte[] request(String version, String nonce) {
        var protocol = shape.protocol();
        var writer = new Writer();
        if (protocol == Protocol.SOTW) {
            writer.string(protocol.version, version);
        }
        if (shape.named() && (protocol == Protocol.SOTW || nonce.isEmpty())) {
            IntStream.range(0, RESOURCES).forEach(i -> writer.element(protocol.names, name(i)));
        }
        return writer.string(protocol.typeUrl, shape.typeUrl())
                .string(protocol.nonce, nonce)
                .toBytes();
    }

    private byte[] push(int version, List<Integer> order) {
        var writer = new Writer().string(1, Integer.toString(version));
        for (int i : order) {
            var its = Integer.toString(shape.changed().test(i) ? version : 0);
            var value = new Writer()
                    .string(1, name(i))
                    .bytes(4, new byte[FILLING])
                    .string(5, its)
                    .toBytes();
            var any = new Writer().string(1, shape.typeUrl()).bytes(2, value);
            if (shape.protocol() == Protocol.SOTW) {
                writer.message(2, any);
            } else {
                var resource = new Writer()
                        .string(1, "2026-11-25T19:32:39Z/" + its)
                        .message(2, any)
                        .string(3, name(i));
                writer.message(2, resource);
            }
        }
        return writer.string(4, shape.typeUrl()).string(5, "nonce-" + version).toBytes();
    }

    private static String name(int i) {
        return "outbound|8080||service-" + i + ".namespace-7.svc.cluster.local";
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }
}
