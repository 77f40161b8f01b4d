package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The names in a request, as its bytes. A state-of-the-world client repeats all of them in each of its answers,
/// so they are compared as bytes, and made into texts only when somebody asks. Never changes.
final class NameList {
    static final NameList NONE = new NameList(new byte[0], 0, 0, 0);

    /// Fields of a message, one a name.
    private final byte[] fields;
    private final int from;
    private final int to;
    private final int count;

    private NameList(byte[] fields, int from, int to, int count) {
        this.fields = fields;
        this.from = from;
        this.to = to;
        this.count = count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int size() {
        return count;
    }

    /// Whether the other has the same names in the same order and encoding.
    boolean isSameAs(NameList other) {
        return count == other.count && Arrays.equals(fields, from, to, other.fields, other.from, other.to);
    }

    /// The names, all made now.
    List<String> toList() {
        var names = new ArrayList<String>(count);
        try {
            for (var walk = walk(); walk.next(); ) {
                names.add(walk.string());
            }
        } catch (ProtocolException e) {
            throw unreadable(e);
        }
        return names;
    }

    /// The names, each once and without a version.
    ResourceTable toTable() {
        var table = new ResourceTable();
        var name = new byte[64];
        try {
            for (var walk = walk(); walk.next(); ) {
                int size = walk.size();
                name = size > name.length ? new byte[size * 2] : name;
                walk.copyTo(name, 0);
                if (table.find(name, 0, size, table.count()) < 0) {
                    table.add(name, 0, size);
                }
            }
        } catch (ProtocolException e) {
            throw unreadable(e);
        }
        return table;
    }

    private Fields walk() {
        return new Fields(fields, from, to);
    }

    private static IllegalStateException unreadable(ProtocolException cause) {
        return new IllegalStateException("names that were readable are not any more", cause);
    }

    /// Takes the fields of one request in. Owned by whoever made it.
    static final class Builder {
        private final byte[] request;
        private int from;
        private int to;
        private int count;
        /// The fields so far, when others stand between them.
        private @Nullable Writer scattered;

        Builder(byte[] request) {
            this.request = request;
        }

        /// The current field is a name.
        void add(Fields field) throws ProtocolException {
            field.requireBytes();
            if (count == 0) {
                from = field.start();
            } else if (scattered == null && field.start() != to) {
                scattered = new Writer().raw(request, from, to - from);
            }
            if (scattered != null) {
                field.copyTo(scattered);
            }
            to = field.end();
            count++;
        }

        NameList build() {
            if (count == 0) {
                return NONE;
            }
            if (scattered == null) {
                return new NameList(request, from, to, count);
            }
            var apart = scattered.toBytes();
            return new NameList(apart, 0, apart.length, count);
        }
    }
}
