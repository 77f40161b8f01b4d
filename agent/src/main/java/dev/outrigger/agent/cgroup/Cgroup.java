package dev.outrigger.agent.cgroup;

import dev.outrigger.agent.proc.Digits;
import dev.outrigger.agent.proc.ProcFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// The control group this process runs in, of either version (the kernel's cgroup-v1/ and cgroup-v2.rst). Reads
/// the kernel's files at each call; what cannot be read is no limit. Any thread may call.
///
/// Without streams: it is on the way of each start, and a JVM makes their pieces anew in each.
public final class Cgroup {
    /// The first version writes "no limit" as the largest number of whole pages.
    private static final long UNLIMITED = 1L << 60;

    private static final int DIGITS = 18;

    private final Hierarchy memory;
    private final Hierarchy cpu;

    private Cgroup(Hierarchy memory, Hierarchy cpu) {
        this.memory = memory;
        this.cpu = cpu;
    }

    /// That of this process.
    ///
    /// @param root of the file system that has `proc` and `sys`
    public static Cgroup of(Path root) {
        try {
            var groups = ProcFile.read(root.resolve("proc/self/cgroup")).split("\n", -1);
            var mounts = ProcFile.read(root.resolve("proc/self/mountinfo")).split("\n", -1);
            return new Cgroup(Hierarchy.of(root, groups, mounts, "memory"), Hierarchy.of(root, groups, mounts, "cpu"));
        } catch (IOException e) {
            return none();
        }
    }

    /// One without limits.
    public static Cgroup none() {
        return new Cgroup(new Hierarchy(true, List.of()), new Hierarchy(true, List.of()));
    }

    /// Bytes that it, and the groups above it as far as they can be seen, may use; empty without a limit.
    public OptionalLong memoryLimit() {
        var file = memory.isUnified() ? "memory.max" : "memory.limit_in_bytes";
        var least = UNLIMITED;
        for (var folder : memory.folders()) {
            var bytes = number(folder.resolve(file));
            if (bytes >= 0) {
                least = Math.min(least, bytes);
            }
        }
        return least < UNLIMITED ? OptionalLong.of(least) : OptionalLong.empty();
    }

    /// CPUs' worth of time that it, and the groups above it as far as they can be seen, may use; empty without a
    /// limit.
    public OptionalDouble cpuLimit() {
        var least = Double.POSITIVE_INFINITY;
        for (var folder : cpu.folders()) {
            least = Math.min(least, quota(folder));
        }
        return Double.isInfinite(least) ? OptionalDouble.empty() : OptionalDouble.of(least);
    }

    /// Processes of it that the kernel killed for want of memory, so far; empty when it does not tell.
    public OptionalLong oomKills() {
        if (memory.folders().isEmpty()) {
            return OptionalLong.empty();
        }
        var file = memory.folders().getFirst().resolve(memory.isUnified() ? "memory.events" : "memory.oom_control");
        for (var line : text(file).split("\n", -1)) {
            if (line.startsWith("oom_kill ")) {
                var kills = Digits.parse(line.substring("oom_kill ".length()), DIGITS);
                return kills < 0 ? OptionalLong.empty() : OptionalLong.of(kills);
            }
        }
        return OptionalLong.empty();
    }

    /// CPUs; infinite without a limit.
    private double quota(Path folder) {
        var parts = cpu.isUnified()
                ? text(folder.resolve("cpu.max")).split(" ", -1)
                : new String[] {text(folder.resolve("cpu.cfs_quota_us")), text(folder.resolve("cpu.cfs_period_us"))};
        var quota = Digits.parse(parts[0], DIGITS);
        var period = parts.length < 2 ? Digits.NONE : Digits.parse(parts[1], DIGITS);
        return quota > 0 && period > 0 ? (double) quota / period : Double.POSITIVE_INFINITY;
    }

    private static long number(Path file) {
        return Digits.parse(text(file), DIGITS);
    }

    private static String text(Path file) {
        try {
            return ProcFile.read(file).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
