package dev.outrigger.sds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/// Which folders to watch so that no change of a file is missed, also when it lies behind symbolic links that are
/// swapped, as a kubelet does with `..data`.
final class SymlinkFolders {
    /// As the kernel's own limit.
    private static final int MOST_LINKS = 40;

    private SymlinkFolders() {}

    /// The folder of each symbolic link on the way to a file, and the one that holds it in the end. What is not
    /// there yet is left out, except for the deepest folder that is.
    static Set<Path> of(Collection<Path> files) {
        var folders = new LinkedHashSet<Path>();
        files.forEach(file -> walk(file.toAbsolutePath().normalize(), folders));
        return folders;
    }

    private static void walk(Path file, Set<Path> folders) {
        var rest = new ArrayDeque<Path>();
        file.forEach(rest::add);
        var folder = file.getRoot();
        for (var links = 0; !rest.isEmpty() && links <= MOST_LINKS; ) {
            var next = folder.resolve(rest.removeFirst()).normalize();
            if (Files.isSymbolicLink(next)) {
                folders.add(folder);
                links++;
                try {
                    var target = Files.readSymbolicLink(next);
                    folder = target.isAbsolute() ? target.getRoot() : folder;
                    for (var i = target.getNameCount() - 1; i >= 0; i--) {
                        rest.addFirst(target.getName(i));
                    }
                } catch (IOException _) { // gone meanwhile; its folder is watched
                    return;
                }
            } else if (Files.isDirectory(next)) {
                folder = next;
            } else {
                folders.add(folder);
                return;
            }
        }
    }
}
