package dev.outrigger.agent.explain;

import dev.outrigger.agent.status.Page;
import dev.outrigger.bootstrap.Json;
import dev.outrigger.dns.DnsExplanation;
import dev.outrigger.dns.DnsProxy;
import dev.outrigger.dns.NameTable;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Answers `GET /debug/dns`. Its parameters: `show` (`lookup` or `table`), `name`, `type` (`A` unless
/// given) and `trace` (`on`) for a lookup, `filter` for the table.
public final class DnsPages {
    private static final int LOOKUP_SECONDS = 30;
    private static final int ROWS = 1000;

    private DnsPages() {}

    /// One answer: 400 for a parameter that makes no sense, 404 for a name that nobody knows. Waits for a
    /// lookup.
    public static Page page(DnsProxy dns, Map<String, String> query) {
        try {
            return switch (query.getOrDefault("show", "table")) {
                case "lookup" -> lookup(dns, query);
                case "table" -> table(dns.table(), query.getOrDefault("filter", ""));
                default -> throw new IllegalArgumentException("show: write lookup or table");
            };
        } catch (IllegalArgumentException e) {
            return problem(400, String.valueOf(e.getMessage()));
        }
    }

    private static Page lookup(DnsProxy dns, Map<String, String> query) {
        var name = query.getOrDefault("name", "");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("no name to look up");
        }
        try {
            var explained = dns.explain(name, query.getOrDefault("type", "A"))
                    .toCompletableFuture()
                    .get(LOOKUP_SECONDS, TimeUnit.SECONDS);
            return page(explained, query.getOrDefault("trace", "").equals("on"));
        } catch (ExecutionException e) {
            throw new IllegalArgumentException(
                    Objects.requireNonNullElse(e.getCause(), e).getMessage(), e);
        } catch (TimeoutException e) {
            return problem(504, "no answer within " + LOOKUP_SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return problem(503, "the agent is stopping");
        }
    }

    private static Page page(DnsExplanation explained, boolean trace) {
        var text = new Paper();
        if (trace) {
            explained.steps().forEach(step -> text.line(0, step));
        }
        explained.records().forEach(record -> text.line(0, record.replace('\t', ' ')));
        text.line(
                0,
                explained.rcode()
                        + (explained.rcode().equals("NOERROR")
                                        && explained.records().isEmpty()
                                ? ", no record of this type"
                                : "")
                        + ", from " + explained.source());
        var json = Json.object()
                .put("rcode", explained.rcode())
                .put("source", explained.source())
                .put("records", explained.records())
                .put("steps", explained.steps());
        return new Page(explained.rcode().equals("NOERROR") ? 200 : 404, text.toString(), json);
    }

    private static Page table(NameTable table, String filter) {
        var rows = table.rows(filter.toLowerCase(Locale.ROOT), ROWS + 1);
        var shown = rows.subList(0, Math.min(ROWS, rows.size()));
        var text = new Paper();
        for (var row : shown) {
            text.line(0, String.format(Locale.ROOT, "%-50s %-10s %s", row.name(), row.kind(), text(row.addresses())));
        }
        if (rows.size() > ROWS) {
            text.line(0, "and more: these are the first " + ROWS + "; give a part of the name");
        } else if (rows.isEmpty()) {
            text.line(0, table.size() == 0 ? "no names" : "no such name among " + table.size() + " hosts");
        }
        var json = Json.object()
                .put("hosts", table.size())
                .put(
                        "names",
                        shown.stream()
                                .map(row -> Json.object()
                                        .put("name", row.name())
                                        .put("kind", row.kind())
                                        .put(
                                                "addresses",
                                                row.addresses().stream()
                                                        .map(InetAddress::getHostAddress)
                                                        .toList()))
                                .toList());
        return new Page(rows.isEmpty() && !filter.isEmpty() ? 404 : 200, text.toString(), json);
    }

    private static String text(List<InetAddress> addresses) {
        return String.join(
                " ", addresses.stream().map(InetAddress::getHostAddress).toList());
    }

    private static Page problem(int status, String reason) {
        return new Page(status, reason + "\n", Json.object().put("error", reason));
    }
}
