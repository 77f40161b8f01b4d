package dev.outrigger.dns;

import java.util.Arrays;

/// What makes two forwarded questions the same: name without regard to case, type, and the flags that
/// change the answer. One that is kept is a copy; the one that looks is filled anew for each query and
/// allocates nothing.
final class QuestionKey {
    private static final int FLAGS_THAT_COUNT = Wire.FLAG_RECURSION_DESIRED | Wire.FLAG_CHECKING_DISABLED;

    private static final int STREAM = 2;

    private final byte[] bytes;
    private int length;
    private int hash;

    /// One to look with.
    QuestionKey() {
        bytes = new byte[Wire.MAX_NAME_BYTES + 5];
    }

    private QuestionKey(byte[] bytes, int hash) {
        this.bytes = bytes;
        this.length = bytes.length;
        this.hash = hash;
    }

    /// Makes this the key of a query.
    ///
    /// @param stream whether it is asked over TCP, which matters to questions under way, not to the cache
    QuestionKey fill(Query query, boolean stream) {
        int at = query.nameLength();
        System.arraycopy(query.name, 0, bytes, 0, at);
        Wire.put16(bytes, at, query.type());
        Wire.put16(bytes, at + 2, query.flags() & FLAGS_THAT_COUNT);
        bytes[at + 4] = (byte) ((query.dnssecOk() ? 1 : 0) | (stream ? STREAM : 0));
        length = at + 5;
        hash = NameIndex.hash(bytes, 0, length);
        return this;
    }

    /// A copy to keep.
    QuestionKey copy() {
        return new QuestionKey(Arrays.copyOf(bytes, length), hash);
    }

    /// The same question over UDP, to keep.
    QuestionKey unstreamed() {
        var same = Arrays.copyOf(bytes, length);
        same[length - 1] &= ~STREAM;
        return new QuestionKey(same, NameIndex.hash(same, 0, length));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QuestionKey key
                && key.hash == hash
                && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
