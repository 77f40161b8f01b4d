package dev.outrigger.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CgroupTest {
    private static final String UNIFIED = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    private static final String SPLIT = """
            30 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            31 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            32 23 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """;

    @TempDir
    private Path root;

    @Test
    void theSecondVersionInAContainerThatSeesItsGroupAsTheTop() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("proc/self/mountinfo", UNIFIED);
        write("sys/fs/cgroup/memory.max", "1073741824\n");
        write("sys/fs/cgroup/cpu.max", "150000 100000\n");
        write("sys/fs/cgroup/memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 7\n");

        var group = Cgroup.of(root);

        assertThat(group.memoryLimit()).hasValue(1 << 30);
        assertThat(group.cpuLimit()).hasValue(1.5);
        assertThat(group.oomKills()).hasValue(2);
    }

    @Test
    void aGroupMayHaveAnyName() throws IOException {
        write("proc/self/cgroup", "0::/größe\n");
        write("proc/self/mountinfo", UNIFIED);
        write("sys/fs/cgroup/größe/cpu.max", "200000 100000\n");

        assertThat(Cgroup.of(root).cpuLimit()).hasValue(2);
    }

    @Test
    void theTightestLimitOfTheGroupsAboveCounts() throws IOException {
        write("proc/self/cgroup", "0::/pod/web\n");
        write("proc/self/mountinfo", UNIFIED);
        write("sys/fs/cgroup/pod/web/memory.max", "max\n");
        write("sys/fs/cgroup/pod/memory.max", "536870912\n");
        write("sys/fs/cgroup/memory.max", "1073741824\n");
        write("sys/fs/cgroup/pod/web/cpu.max", "400000 100000\n");
        write("sys/fs/cgroup/pod/cpu.max", "max 100000\n");
        write("sys/fs/cgroup/pod/web/memory.events", "oom_kill 1\n");
        write("sys/fs/cgroup/memory.events", "oom_kill 9\n");

        var group = Cgroup.of(root);

        assertThat(group.memoryLimit()).hasValue(512 << 20);
        assertThat(group.cpuLimit()).hasValue(4);
        assertThat(group.oomKills()).as("of the own group").hasValue(1);
    }

    @Test
    void theFirstVersion() throws IOException {
        write("proc/self/cgroup", "4:memory:/docker/ab\n3:cpu,cpuacct:/docker/ab\n0::/elsewhere\n");
        write("proc/self/mountinfo", SPLIT);
        write("sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "268435456\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/docker/ab/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
        write("sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_quota_us", "25000\n");
        write("sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_period_us", "100000\n");

        var group = Cgroup.of(root);

        assertThat(group.memoryLimit()).hasValue(256 << 20);
        assertThat(group.cpuLimit()).hasValue(0.25);
        assertThat(group.oomKills()).hasValue(5);
    }

    /// Without a namespace of its own for groups the path is that of the node, and only a part of it is mounted.
    @Test
    void aPartOfTheHierarchyIsMounted() throws IOException {
        write("proc/self/cgroup", "4:memory:/kubepods/pod1/web/inner\n");
        write(
                "proc/self/mountinfo",
                "30 23 0:27 /kubepods/pod1/web /sys/fs/cgroup/mem\\040ory rw - cgroup cgroup rw,memory\n");
        write("sys/fs/cgroup/mem ory/inner/memory.limit_in_bytes", "1048576\n");

        assertThat(Cgroup.of(root).memoryLimit()).hasValue(1 << 20);
    }

    @Test
    void aGroupOutsideOfWhatIsMountedHasNoLimitThatIsKnown() throws IOException {
        write("proc/self/cgroup", "0::/../../other\n");
        write("proc/self/mountinfo", UNIFIED);
        write("sys/fs/cgroup/memory.max", "1048576\n");

        assertThat(Cgroup.of(root).memoryLimit()).isEmpty();
    }

    @Test
    void noLimitIsNone() throws IOException {
        write("proc/self/cgroup", "4:memory:/\n3:cpu:/\n");
        write("proc/self/mountinfo", SPLIT);
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
        write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");

        var group = Cgroup.of(root);

        assertThat(group.memoryLimit()).isEmpty();
        assertThat(group.cpuLimit()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsNoLimit() throws IOException {
        assertThat(Cgroup.of(root).memoryLimit()).isEmpty();
        assertThat(Cgroup.of(root).cpuLimit()).isEmpty();
        assertThat(Cgroup.of(root).oomKills()).isEmpty();

        write("proc/self/cgroup", "nonsense\n0::/\n");
        write("proc/self/mountinfo", "nonsense\n - \n1 2 3 4 5 - \n" + UNIFIED);
        write("sys/fs/cgroup/memory.max", "lots\n");
        write("sys/fs/cgroup/cpu.max", "0 0\n");

        assertThat(Cgroup.of(root).memoryLimit()).isEmpty();
        assertThat(Cgroup.of(root).cpuLimit()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0.2, 1", "1, 1", "1.05, 1", "1.5, 2", "2, 2", "3.2, 4", "16, 16"})
    void envoyGetsAThreadForEachCpuThatIsLeft(double cpus, int threads) {
        assertThat(EnvoyShare.threads(OptionalDouble.of(cpus))).isEqualTo(threads);
    }

    @ParameterizedTest
    @CsvSource({"1024, 864", "512, 352", "320, 160", "128, 64"})
    void envoyGetsTheMemoryThatTheAgentLeaves(long limit, long heap) {
        assertThat(EnvoyShare.heap(OptionalLong.of(limit << 20))).hasValue(heap << 20);
    }

    @Test
    void withoutALimitEnvoyIsNotLimited() {
        assertThat(EnvoyShare.threads(OptionalDouble.empty())).isZero();
        assertThat(EnvoyShare.heap(OptionalLong.empty())).isEmpty();
    }

    private void write(String path, String text) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
