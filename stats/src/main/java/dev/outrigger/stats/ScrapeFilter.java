package dev.outrigger.stats;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What of the metrics is shown. The agent's family `outrigger_scrape_source_up` always is.
///
/// Series that are the same once labels are left out become one: values are added, those of an info or a state
/// set are the highest of them; quantiles, which cannot be added, exemplars and timestamps go.
///
/// @param include families of these names only, all when empty; an expression has to match the whole name, as it
///     is in the text format (a counter's with `_total`)
/// @param exclude none of these, whatever `include` says
/// @param labels names of the only labels that are kept besides `le` and `quantile`; all when not given
public record ScrapeFilter(List<Pattern> include, List<Pattern> exclude, Optional<Set<String>> labels) {
    /// Shows everything.
    public static final ScrapeFilter NONE = new ScrapeFilter(List.of(), List.of(), Optional.empty());

    /// Copies the lists.
    public ScrapeFilter {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
        labels = labels.map(Set::copyOf);
    }

    /// @param family bytes one to one
    boolean keeps(String family) {
        return SourcesUp.NAME.equals(family)
                || ((include.isEmpty() || matches(include, family)) && !matches(exclude, family));
    }

    private static boolean matches(List<Pattern> patterns, String family) {
        for (var pattern : patterns) {
            if (pattern.matcher(family).matches()) {
                return true;
            }
        }
        return false;
    }
}
