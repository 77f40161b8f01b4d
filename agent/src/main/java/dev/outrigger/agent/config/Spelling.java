package dev.outrigger.agent.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// How far a word is from another one, for "did you mean".
public final class Spelling {
    private Spelling() {}

    /// The one that is meant most likely; the first of several that are as near.
    ///
    /// @param most letters that may be wrong
    public static Optional<String> nearest(String word, Collection<String> known, int most) {
        return known.stream()
                .filter(one -> distance(one, word) <= most)
                .min(Comparator.comparingInt(one -> distance(one, word)));
    }

    /// The least number of letters to insert, delete or replace (Levenshtein).
    public static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (var j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (var i = 1; i <= a.length(); i++) {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.length(); j++) {
                var substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
