package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.addresses;
import static dev.outrigger.dns.ProxyUnderTest.answers;
import static dev.outrigger.dns.ProxyUnderTest.names;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class TableAnswersTest {
    private static final String REVIEWS = "reviews.default.svc.cluster.local";

    @Test
    void eachFamilyIsAnsweredWithItsAddresses() throws IOException {
        try (var dns = ProxyUnderTest.start(names(REVIEWS, "10.0.0.1", "2001:db8::1"))) {
            var ipv4 = dns.ask(REVIEWS, Type.A);
            var ipv6 = dns.ask(REVIEWS, Type.AAAA);
            var both = dns.askOverTcp(REVIEWS, Type.ANY);

            assertThat(answers(ipv4)).containsExactly("A 10.0.0.1");
            assertThat(answers(ipv6)).containsExactly("AAAA 2001:db8:0:0:0:0:0:1");
            assertThat(answers(both)).containsExactly("A 10.0.0.1");
            assertThat(ipv4.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(ipv4.getHeader().getFlag(Flags.AA)).isTrue();
            assertThat(ipv4.getHeader().getFlag(Flags.RA)).isTrue();
            assertThat(ipv4.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(30);
            assertThat(ipv4.getOPT()).isNull();
            assertThat(dns.count("table")).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Type.AAAA, Type.MX, Type.TXT, Type.SRV, Type.HTTPS, Type.SOA})
    void aKnownNameWithoutTheTypeExistsAndSaysForHowLongItHasNone(int type) throws IOException {
        try (var dns = ProxyUnderTest.start(names(REVIEWS, "10.0.0.1"))) {
            var reply = dns.ask(REVIEWS, type);

            assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(answers(reply)).isEmpty();
            var soa = (SOARecord) reply.getSection(Section.AUTHORITY).getFirst();
            assertThat(soa.getName()).isEqualTo(Name.fromString(REVIEWS + "."));
            assertThat(soa.getMinimum()).isEqualTo(30);
            assertThat(soa.getAdmin()).isEqualTo(Name.fromString("hostmaster." + REVIEWS + "."));
            assertThat(dns.count("nodata")).isEqualTo(1);
        }
    }

    @Test
    void letterCaseDoesNotMatterAndComesBackAsItWas() throws IOException {
        try (var dns = ProxyUnderTest.start(names("Reviews.Default.svc.cluster.LOCAL", "10.0.0.1"))) {
            var reply = dns.ask("rEVIEWS.default.SVC.cluster.local", Type.A);

            assertThat(reply.getSection(Section.ANSWER).getFirst().getName().toString())
                    .isEqualTo("rEVIEWS.default.SVC.cluster.local.");
        }
    }

    @Test
    void theLongestWildcardAnswersWhatNoExactNameDoes() throws IOException {
        var names = names("*.example.com", "10.0.0.1");
        names.put("*.deep.example.com", addresses("10.0.0.2"));
        names.put("exact.deep.example.com", addresses("10.0.0.3"));
        try (var dns = ProxyUnderTest.start(names)) {
            assertThat(answers(dns.ask("a.b.example.com", Type.A))).containsExactly("A 10.0.0.1");
            assertThat(answers(dns.ask("a.deep.example.com", Type.A))).containsExactly("A 10.0.0.2");
            assertThat(answers(dns.ask("exact.deep.example.com", Type.A))).containsExactly("A 10.0.0.3");
            assertThat(answers(dns.ask("deep.example.com", Type.A))).containsExactly("A 10.0.0.1");
            assertThat(dns.ask("example.com", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void aNameExpandedByTheSearchDomainIsAnAliasOfTheRealOne() throws IOException {
        var names = names("api.example.com", "10.0.0.1");
        names.put("*.wild.test", addresses("10.0.0.2"));
        try (var dns = ProxyUnderTest.start(names)) {
            var exact = dns.ask("Api.example.com.default.svc.cluster.local", Type.A);
            var wildcard = dns.ask("x.wild.test.default.svc.cluster.local", Type.A);
            var none = dns.ask("api.example.com.default.svc.cluster.local", Type.AAAA);

            assertThat(answers(exact)).containsExactly("CNAME Api.example.com.", "A 10.0.0.1");
            assertThat(exact.getSection(Section.ANSWER).get(1).getName()).hasToString("Api.example.com.");
            assertThat(answers(wildcard)).containsExactly("CNAME x.wild.test.", "A 10.0.0.2");
            assertThat(answers(none)).containsExactly("CNAME api.example.com.");
            assertThat(none.getSection(Section.AUTHORITY).getFirst().getName()).hasToString("api.example.com.");
        }
    }

    @Test
    void aRealNameIsNotTakenOverByAShortOneOfTheSameSpelling() throws IOException {
        var names = names("reviews", "10.0.0.66");
        names.put(REVIEWS, addresses("10.0.0.1"));
        try (var dns = ProxyUnderTest.start(names)) {
            assertThat(answers(dns.ask(REVIEWS, Type.A))).containsExactly("A 10.0.0.1");
        }
    }

    @Test
    void everyAddressComesFirstAtTimes() throws IOException {
        try (var dns = ProxyUnderTest.start(names(REVIEWS, "10.0.0.1", "10.0.0.2", "10.0.0.3"))) {
            var first = new HashSet<String>();

            for (int i = 0; i < 100; i++) {
                var answers = answers(dns.ask(REVIEWS, Type.A));
                assertThat(answers).containsExactlyInAnyOrder("A 10.0.0.1", "A 10.0.0.2", "A 10.0.0.3");
                first.add(answers.getFirst());
            }

            assertThat(first).hasSize(3);
        }
    }

    @Test
    void moreThanADatagramHoldsIsTruncatedAndWholeOverTcp() throws IOException {
        var many = IntStream.range(0, 100).mapToObj(i -> "10.0.1." + i).toArray(String[]::new);
        try (var dns = ProxyUnderTest.start(names(REVIEWS, many))) {
            var plain = dns.ask(REVIEWS, Type.A);
            var tcp = dns.askOverTcp(REVIEWS, Type.A);
            var resolver = dns.resolver();
            resolver.setEDNS(0, 4096, ExtendedFlags.DO, List.of());
            var edns = resolver.send(query(REVIEWS, Type.A));

            assertThat(plain.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(plain.numBytes()).isBetween(490, 512);
            assertThat(tcp.getHeader().getFlag(Flags.TC)).isFalse();
            assertThat(answers(tcp)).hasSize(100);
            assertThat(edns.getHeader().getFlag(Flags.TC)).isFalse();
            assertThat(answers(edns)).hasSize(100);
            assertThat(edns.getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
        }
    }

    @Test
    void whatIsNotAnOrdinaryQueryIsRefusedByTheRightCode() throws IOException {
        try (var dns = ProxyUnderTest.start(names(REVIEWS, "10.0.0.1"))) {
            var update = new Message();
            update.getHeader().setOpcode(Opcode.UPDATE);
            var chaos = Message.newQuery(Record.newRecord(Name.fromString("version.bind."), Type.TXT, DClass.CH));
            var twoQuestions = query(REVIEWS, Type.A);
            twoQuestions.addRecord(twoQuestions.getQuestion(), Section.QUESTION);
            var futureEdns = query(REVIEWS, Type.A);
            futureEdns.addRecord(new OPTRecord(1232, 0, 1), Section.ADDITIONAL);
            var resolver = dns.resolver();

            assertThat(resolver.send(update).getRcode()).isEqualTo(Rcode.NOTIMP);
            assertThat(resolver.send(chaos).getRcode()).isEqualTo(Rcode.REFUSED);
            assertThat(new Message(RawDatagrams.exchange(dns.address(), twoQuestions.toWire())).getRcode())
                    .isEqualTo(Rcode.FORMERR);
            assertThat(resolver.send(futureEdns).getRcode()).isEqualTo(Rcode.BADVERS);
        }
    }

    @Test
    void aPublishedTableReplacesTheOldOneButNotTheStaticNames() throws IOException {
        try (var dns = ProxyUnderTest.start(names("old.test", "10.0.0.1"))) {
            dns.proxy.publish(NameTable.of(names("new.test", "10.0.0.2")));

            assertThat(answers(dns.ask("new.test", Type.A))).containsExactly("A 10.0.0.2");
            assertThat(answers(dns.ask("static.test", Type.A))).containsExactly("A 192.0.2.99");
            assertThat(dns.ask("old.test", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(dns.proxy.table().asMap()).containsOnlyKeys("new.test", "static.test");
            assertThat(dns.registry.get("outrigger.dns.table.names").gauge().value())
                    .isEqualTo(2);
            assertThat(dns.condition.state().met()).isTrue();
        }
    }

    @Test
    void tablesMaySwapWhileQueriesAreAnswered() throws Exception {
        var tables = IntStream.range(0, 20)
                .mapToObj(i -> NameTable.of(Map.of(REVIEWS, addresses("10.0.0." + i, "10.0.1." + i))))
                .toList();
        try (var dns = ProxyUnderTest.start(Map.of(REVIEWS, addresses("10.0.0.0", "10.0.1.0")))) {
            var swapping = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 2000; i++) {
                    dns.proxy.publish(tables.get(i % tables.size()));
                }
            });

            for (int i = 0; i < 500; i++) {
                var lastBytes = answers(dns.ask(REVIEWS, Type.A)).stream()
                        .map(a -> a.substring(a.lastIndexOf('.')))
                        .toList();
                assertThat(lastBytes).hasSize(2);
                assertThat(lastBytes.getFirst()).isEqualTo(lastBytes.getLast());
            }
            swapping.join();
        }
    }
}
