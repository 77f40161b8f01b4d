package dev.outrigger.stats;

import java.util.Arrays;

/// A Huffman code as deflate writes it: canonical, no word longer than {@link #LONGEST} bits, words with their first
/// bit lowest. Source: RFC 1951, section 3.2.2.
///
/// @param lengths of the words in bits, by symbol
/// @param words by symbol
@SuppressWarnings("ArrayRecordComponent") // never compared
record PrefixCode(int[] lengths, int[] words) {
    static final int LONGEST = 15;

    /// All weights together come to less than the 18th Fibonacci number, which is the least that a word of 16 bits
    /// needs.
    private static final int MOST_WEIGHT = 2_583;

    /// The code for words of these lengths.
    static PrefixCode of(int[] lengths) {
        var counts = new int[LONGEST + 1];
        for (var length : lengths) {
            counts[length]++;
        }
        var next = new int[LONGEST + 1];
        for (var bits = 2; bits <= LONGEST; bits++) {
            next[bits] = (next[bits - 1] + counts[bits - 1]) << 1;
        }
        var words = new int[lengths.length];
        for (var symbol = 0; symbol < lengths.length; symbol++) {
            words[symbol] = Integer.reverse(next[lengths[symbol]]++) >>> (Integer.SIZE - lengths[symbol]);
        }
        return new PrefixCode(lengths, words);
    }

    /// A code that is short for what is frequent, with a word for every symbol, frequent or not.
    ///
    /// @param frequencies by symbol; at least two symbols, at most 512
    static PrefixCode shortest(int[] frequencies) {
        var symbols = frequencies.length;
        var total = 1L;
        for (var frequency : frequencies) {
            total += frequency;
        }
        var keys = new int[symbols];
        for (var symbol = 0; symbol < symbols; symbol++) {
            var weight = 1 + (long) frequencies[symbol] * (MOST_WEIGHT - symbols) / total;
            keys[symbol] = ((int) weight << 9) | symbol;
        }
        Arrays.sort(keys);
        var depths = depths(keys);
        var lengths = new int[symbols];
        for (var i = 0; i < symbols; i++) {
            lengths[keys[i] & 0x1ff] = depths[i];
        }
        return of(lengths);
    }

    /// How deep each leaf of the tree lies. Joined nodes come in the order of their weight, so that they are a second
    /// sorted queue beside the leaves.
    ///
    /// @param leaves their weights above nine bits, sorted
    private static int[] depths(int[] leaves) {
        var count = leaves.length;
        var weights = new int[2 * count - 1];
        var parents = new int[2 * count - 1];
        for (var i = 0; i < count; i++) {
            weights[i] = leaves[i] >>> 9;
        }
        var leaf = 0;
        var joined = count;
        for (var node = count; node < weights.length; node++) {
            for (var child = 0; child < 2; child++) {
                var isLeaf = leaf < count && (joined == node || weights[leaf] <= weights[joined]);
                var least = isLeaf ? leaf++ : joined++;
                weights[node] += weights[least];
                parents[least] = node;
            }
        }
        var depths = new int[weights.length];
        for (var node = weights.length - 2; node >= 0; node--) {
            depths[node] = depths[parents[node]] + 1;
        }
        return depths;
    }
}
