package dev.outrigger.agent.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// The control group this process runs in, of either version (the kernel's cgroup-v1/ and cgroup-v2.rst). Reads
/// the kernel's files at each call; what cannot be read is no limit. Any thread may call.
public final class Cgroup {
    /// The first version writes "no limit" as the largest number of whole pages.
    private static final long UNLIMITED = 1L << 60;

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
        return new Cgroup(Hierarchy.of(root, "memory"), Hierarchy.of(root, "cpu"));
    }

    /// One without limits.
    public static Cgroup none() {
        return new Cgroup(new Hierarchy(true, List.of()), new Hierarchy(true, List.of()));
    }

    /// Bytes that it, and the groups above it as far as they can be seen, may use; empty without a limit.
    public OptionalLong memoryLimit() {
        var file = memory.isUnified() ? "memory.max" : "memory.limit_in_bytes";
        return memory.folders().stream()
                .map(folder -> number(folder.resolve(file)))
                .flatMapToLong(OptionalLong::stream)
                .filter(bytes -> bytes < UNLIMITED)
                .min();
    }

    /// CPUs' worth of time that it, and the groups above it as far as they can be seen, may use; empty without a
    /// limit.
    public OptionalDouble cpuLimit() {
        return cpu.folders().stream()
                .map(this::quota)
                .flatMapToDouble(OptionalDouble::stream)
                .min();
    }

    /// Processes of it that the kernel killed for want of memory, so far; empty when it does not tell.
    public OptionalLong oomKills() {
        if (memory.folders().isEmpty()) {
            return OptionalLong.empty();
        }
        var file = memory.folders().getFirst().resolve(memory.isUnified() ? "memory.events" : "memory.oom_control");
        return text(file).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("oom_kill "))
                .map(line -> number(line.substring("oom_kill ".length())))
                .flatMapToLong(OptionalLong::stream)
                .findFirst();
    }

    private OptionalDouble quota(Path folder) {
        var parts = cpu.isUnified()
                ? text(folder.resolve("cpu.max")).orElse("").split(" ", -1)
                : new String[] {
                    text(folder.resolve("cpu.cfs_quota_us")).orElse(""),
                    text(folder.resolve("cpu.cfs_period_us")).orElse("")
                };
        var quota = number(parts[0]);
        var period = parts.length < 2 ? OptionalLong.empty() : number(parts[1]);
        return quota.isPresent() && period.isPresent() && quota.getAsLong() > 0 && period.getAsLong() > 0
                ? OptionalDouble.of((double) quota.getAsLong() / period.getAsLong())
                : OptionalDouble.empty();
    }

    private static OptionalLong number(Path file) {
        return number(text(file).orElse(""));
    }

    private static OptionalLong number(String text) {
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
