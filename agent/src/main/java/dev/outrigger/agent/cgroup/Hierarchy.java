package dev.outrigger.agent.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where one controller keeps its files for this process (cgroups(7), proc_pid_mountinfo(5)).
///
/// @param isUnified whether it is the second version
/// @param folders that of the own group, then those above it as far as they are mounted here; none when the
/// controller is not there
record Hierarchy(boolean isUnified, List<Path> folders) {
    /// Ends the optional fields of a mount (proc_pid_mountinfo(5)).
    private static final String MIDDLE = " - ";

    Hierarchy {
        folders = List.copyOf(folders);
    }

    /// @param root of the file system that has `proc` and `sys`
    /// @param groups lines of /proc/self/cgroup
    /// @param mounts lines of /proc/self/mountinfo
    static Hierarchy of(Path root, String[] groups, String[] mounts, String controller) {
        var first = folders(root, group(groups, controller), mounts, "cgroup", controller);
        return first.isEmpty()
                ? new Hierarchy(true, folders(root, group(groups, ""), mounts, "cgroup2", ""))
                : new Hierarchy(false, first);
    }

    /// The own group of a controller, or of the second version for an empty name: `4:cpu,cpuacct:/pod/web`,
    /// `0::/`.
    private static Optional<String> group(String[] lines, String controller) {
        for (var line : lines) {
            var parts = line.split(":", 3);
            if (parts.length == 3 && has(parts[1], controller)) {
                return Optional.of(parts[2]);
            }
        }
        return Optional.empty();
    }

    /// Whether a list with commas has a word.
    private static boolean has(String list, String word) {
        return ("," + list + ",").contains("," + word + ",");
    }

    private static List<Path> folders(
            Path root, Optional<String> group, String[] mounts, String type, String controller) {
        if (group.isEmpty()) {
            return List.of();
        }
        for (var line : mounts) {
            var middle = line.indexOf(MIDDLE);
            if (middle < 0 || !line.startsWith(type + " ", middle + MIDDLE.length())) {
                continue;
            }
            var left = line.substring(0, middle).split(" ", -1);
            var right = line.substring(middle + MIDDLE.length()).split(" ", -1);
            if (left.length > 4 && right.length > 2 && (controller.isEmpty() || has(right[2], controller))) {
                return existing(root.resolve(unescaped(left[4]).substring(1)), below(group.get(), unescaped(left[3])));
            }
        }
        return List.of();
    }

    /// The group as seen from where its hierarchy is mounted; a container often sees its own group as the top.
    private static String below(String group, String mounted) {
        if (mounted.equals("/")) {
            return group;
        }
        return group.startsWith(mounted + "/") ? group.substring(mounted.length()) : "/";
    }

    private static List<Path> existing(Path top, String group) {
        var own = top.resolve(group.substring(1)).normalize();
        var found = new ArrayList<Path>();
        for (var folder = own; folder != null && folder.startsWith(top); folder = folder.getParent()) {
            if (Files.isDirectory(folder)) {
                found.add(folder);
            }
        }
        return found;
    }

    /// mountinfo writes a space as `\040`.
    private static String unescaped(String text) {
        return text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }
}
