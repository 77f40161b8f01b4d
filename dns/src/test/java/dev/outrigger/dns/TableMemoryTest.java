package dev.outrigger.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.outrigger.proto.nds.NameTable.NameInfo;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// 50,000 services. `-Doutrigger.dns.print=true` tells what was measured.
final class TableMemoryTest {
    private static final int HOSTS = 50_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aNameCostsLittleMoreThanTheBytesThatCameAndAChangeLittleMoreThanItself() throws Exception {
        var hosts = new TreeMap<String, NameInfo>();
        for (int i = 0; i < HOSTS; i++) {
            hosts.put(
                    "svc-" + i + ".ns" + i % 50 + ".svc.cluster.local",
                    info(i, "10.1." + i / 250 % 250 + "." + i % 250));
        }
        var bytes = onTheWire(hosts);
        var changed =
                hosts.navigableKeySet().stream().skip(HOSTS / 2).findFirst().orElseThrow();
        hosts.put(changed, info(7, "10.9.9.9"));
        var next = onTheWire(hosts);
        hosts.clear();

        long before = used();
        long started = System.nanoTime();
        var table = NameTable.parse(bytes, ProxyUnderTest.MESH);
        long whole = System.nanoTime() - started;
        long perName = (used() - before) / HOSTS;

        table.next(next); // once, so that its classes are there
        long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        started = System.nanoTime();
        var after = table.next(next);
        long change = System.nanoTime() - started;
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;

        if (Boolean.getBoolean("outrigger.dns.print")) {
            System.out.printf(
                    "%d bytes came, %d bytes a name beyond; whole table %.1f ms; one change %.2f ms, %d kB allocated%n",
                    bytes.length, perName, whole / 1e6, change / 1e6, allocated / 1000);
        }
        assertThat(after.size()).isEqualTo(HOSTS);
        assertThat(perName).isBetween(1L, 150L);
        assertThat(allocated).isLessThan(2_000_000);
    }

    private static NameInfo info(int index, String address) {
        return NameInfo.newBuilder()
                .setRegistry("Kubernetes")
                .setShortname("svc-" + index)
                .setNamespace("ns" + index % 50)
                .addIps(address)
                .build();
    }

    private static byte[] onTheWire(Map<String, NameInfo> hosts) {
        var bytes = new ByteArrayOutputStream();
        hosts.forEach((host, info) -> bytes.writeBytes(dev.outrigger.proto.nds.NameTable.newBuilder()
                .putTable(host, info)
                .build()
                .toByteArray()));
        return bytes.toByteArray();
    }

    /// Bytes of the heap that are in use once what nobody holds is gone.
    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
            least = Math.min(least, heap.getUsed());
        }
        return least;
    }
}
