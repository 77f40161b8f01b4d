package dev.outrigger.dns;

import dev.outrigger.dns.Attempt.Transport;
import dev.outrigger.dns.DnsMetrics.Failure;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Looks one name up as {@link Responder} and {@link Forwarder} would, and writes down each step. Owned by
/// the event loop that forwards.
final class Explainer implements Exchange.Listener {
    private final Names names;
    private final Nameservers nameservers;
    private final Forwarder forwarder;
    private final DnsConfig config;
    private final EventLoop loop;
    private final long started;
    private final Query query = new Query();
    private final Lookup lookup;
    private final byte[] answer = new byte[Wire.MAX_MESSAGE_BYTES];
    private final List<String> steps = new ArrayList<>();
    private final CompletableFuture<DnsExplanation> done = new CompletableFuture<>();

    private Explainer(
            Names names, Nameservers nameservers, Forwarder forwarder, DnsConfig config, EventLoop loop, long started) {
        this.names = names;
        this.nameservers = nameservers;
        this.forwarder = forwarder;
        this.config = config;
        this.lookup = new Lookup(config.domain());
        this.loop = loop;
        this.started = started;
    }

    /// @throws IllegalArgumentException when the name is no domain name or there is no such type
    static CompletionStage<DnsExplanation> explain(
            String name,
            String type,
            Names names,
            Nameservers nameservers,
            Forwarder forwarder,
            DnsConfig config,
            EventLoop loop) {
        var message = question(name, type).toWire();
        var explainer = new Explainer(
                names, nameservers, forwarder, config, loop, loop.ticker().nanoTime());
        loop.execute(() -> {
            try {
                explainer.run(message);
            } catch (RuntimeException e) {
                explainer.done.completeExceptionally(e);
            }
        });
        return explainer.done;
    }

    private static Message question(String name, String type) {
        int number = Type.value(type.toUpperCase(Locale.ROOT), true);
        if (number < 0) {
            throw new IllegalArgumentException("'" + type + "' is no type of records; write for example A or AAAA");
        }
        try {
            return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), number, DClass.IN));
        } catch (TextParseException e) {
            throw new IllegalArgumentException("'" + name + "' is not a domain name: " + e.getMessage(), e);
        }
    }

    private void run(byte[] message) {
        if (query.parse(message, message.length) != Query.Verdict.ANSWER) {
            throw new IllegalArgumentException("questions of this type are refused");
        }
        step("question " + NameEntry.name(query.name, 0, query.nameLength()) + " " + Type.string(query.type()));
        nameservers.refresh();
        var domains = nameservers.searchDomains().stream()
                .map(labels -> NameEntry.name(Arrays.copyOf(labels, labels.length + 1), 0, labels.length)
                        .toString(true))
                .toList();
        step("search domains: " + (domains.isEmpty() ? "none" : String.join(", ", domains)));
        var entry = lookup.find(names.table(), query, nameservers.searchDomains()) ? lookup.entry() : null;
        if (entry != null) {
            found(entry);
        } else if (!implied()) {
            step("no such name among " + names.table().size() + " hosts of the table and static names");
            outside();
        }
    }

    private void found(NameEntry entry) {
        if (lookup.aliasOf() > 0) {
            step("a search domain was appended; without it the name is "
                    + NameEntry.name(query.name, 0, lookup.aliasOf()).toString(true) + ", hence a CNAME");
        }
        step(
                switch (lookup.how()) {
                    case EXACT -> "the table has the name";
                    case SHORT -> "it is a short form of " + entry.text();
                    case WILDCARD -> "the wildcard " + entry.text() + " covers it";
                    case NOT -> throw new IllegalStateException("found, and not found");
                });
        boolean isStatic = config.staticNames().keySet().stream()
                .anyMatch(name -> entry.text()
                        .equalsIgnoreCase(name.endsWith(".") ? name.substring(0, name.length() - 1) : name));
        var writer = new AnswerWriter((int) config.ttl().toSeconds(), new SplittableRandom(started));
        int length = query.type() == Wire.TYPE_SRV && entry.isService()
                ? Synthesis.answer(names.table(), query, entry, writer.ttl(), answer.length, answer)
                : 0;
        if (length > 0) {
            step("SRV records are made of the pods that share its addresses");
        } else {
            length = writer.found(query, lookup, entry, answer.length, answer);
            if (!AnswerWriter.hasWanted(query, entry)) {
                step("it has no record of this type: NODATA");
            }
        }
        finish(isStatic ? "static names" : "table", length);
    }

    private boolean implied() {
        int length = Synthesis.wants(query)
                ? Synthesis.answer(
                        names.table(), query, null, (int) config.ttl().toSeconds(), answer.length, answer)
                : 0;
        if (length > 0) {
            step("a host of the table has this address");
            finish("table", length);
        }
        return length > 0;
    }

    private void outside() {
        if (names.awaited() && lookup.isOfMesh(query)) {
            step("it is a name of the mesh, and no name table has come yet: clients "
                    + (names.waits() ? "wait for it, then get SERVFAIL" : "get SERVFAIL"));
            done.complete(new DnsExplanation(Rcode.string(Rcode.SERVFAIL), "nobody", List.of(), steps));
            return;
        }
        var kept = forwarder.kept(query);
        long now = loop.ticker().nanoTime();
        if (kept != null && kept.isFresh(now)) {
            long age = TimeUnit.NANOSECONDS.toSeconds(kept.age(now));
            step("the cache has a reply, " + age + " s old, good for " + (kept.reply.ttl() - age) + " s more");
            finish("cache", kept.reply.write(query, answer.length, (int) age, Integer.MAX_VALUE, true, answer));
            return;
        }
        step(kept == null ? "the cache has no reply" : "the cache has a reply whose time is over");
        step("nameservers: " + (nameservers.usable().isEmpty() ? "none" : AddressText.of(nameservers.usable())));
        forwarder.explain(query, this);
    }

    @Override
    public void asking(Nameserver server, Transport transport) {
        step("asking " + text(server) + " over " + transport);
    }

    @Override
    public void failed(Nameserver server, Failure reason, String detail) {
        step("failed: " + detail);
    }

    @Override
    public void finished(@Nullable Nameserver server, @Nullable Reply reply) {
        if (reply == null) {
            step("no nameserver answered: SERVFAIL");
            done.complete(new DnsExplanation(Rcode.string(Rcode.SERVFAIL), "nobody", List.of(), steps));
        } else {
            var who = server == null ? "nobody" : "nameserver " + text(server);
            step(who + " answered, " + reply.length() + " bytes, may be kept for " + reply.ttl() + " s");
            finish(who, reply.write(query, answer.length, 0, Integer.MAX_VALUE, false, answer));
        }
    }

    private static String text(Nameserver server) {
        InetSocketAddress address = server.address();
        return AddressText.of(List.of(address));
    }

    private void finish(String source, int length) {
        try {
            var message = new Message(Arrays.copyOf(answer, length));
            var records = message.getSection(Section.ANSWER).stream()
                    .map(Record::toString)
                    .toList();
            done.complete(new DnsExplanation(Rcode.string(message.getRcode()), source, records, steps));
        } catch (IOException e) {
            done.completeExceptionally(new IllegalStateException("the answer is no DNS message: " + e.getMessage(), e));
        }
    }

    private void step(String text) {
        long micros = TimeUnit.NANOSECONDS.toMicros(loop.ticker().nanoTime() - started);
        steps.add(String.format(Locale.ROOT, "%7.1f ms  %s", micros / 1e3, text));
    }
}
