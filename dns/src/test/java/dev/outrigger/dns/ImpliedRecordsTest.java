package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.dns.ProxyUnderTest.Setup;
import dev.outrigger.proto.nds.NameTable.NameInfo;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Records that the table implies, from a table with a headless service and its pods as the control plane pushes
/// it; and the log of queries.
final class ImpliedRecordsTest {
    private static final String WEB = "web.shop.svc.cluster.local";
    private static final String API = "api.shop.svc.cluster.local";

    @SuppressWarnings("NullAway.Init") // before each test
    private FakeNameserver upstream;

    @SuppressWarnings("NullAway.Init") // before each test
    private ProxyUnderTest dns;

    @BeforeEach
    void start() throws Exception {
        upstream = FakeNameserver.answering("192.0.2.1");
        dns = new Setup().nameservers(upstream).logEvery(2).start();
        var table = dev.outrigger.proto.nds.NameTable.newBuilder()
                .putTable(WEB, info("web", "10.0.0.1", "10.0.0.2", "2001:db8::2"))
                .putTable("web-0." + WEB, info("web-0.web", "10.0.0.1"))
                .putTable("web-1." + WEB, info("web-1.web", "10.0.0.2", "2001:db8::2"))
                .putTable(API, info("api", "10.1.0.1"))
                .build();
        dns.proxy.publish(table.toByteArray());
    }

    @AfterEach
    void stop() {
        dns.close();
        upstream.close();
    }

    @Test
    void aHeadlessServiceHasAnSrvRecordForEachPod() throws Exception {
        var reply = dns.ask("Web.shop.svc.cluster.local", Type.SRV);

        assertThat(answers(reply))
                .containsExactlyInAnyOrder("SRV 0 100 0 web-0." + WEB + ".", "SRV 0 100 0 web-1." + WEB + ".");
        assertThat(reply.getSection(Section.ANSWER).getFirst().getName()).hasToString("Web.shop.svc.cluster.local.");
        assertThat(reply.getSection(Section.ADDITIONAL)).hasSize(3);
        assertThat(upstream.asked()).isEmpty();
    }

    @Test
    void aServiceWithoutPodsHasNoSrvRecord() throws Exception {
        var reply = dns.ask(API, Type.SRV);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answers(reply)).isEmpty();
        assertThat(reply.getSection(Section.AUTHORITY)).hasSize(1);
    }

    @Test
    void anAddressPointsAtThePodBeforeTheServiceAndAnotherOneIsForwarded() throws Exception {
        assertThat(answers(dns.ask("2.0.0.10.in-addr.arpa", Type.PTR))).containsExactly("PTR web-1." + WEB + ".");
        assertThat(answers(dns.ask("1.0.1.10.in-addr.arpa", Type.PTR))).containsExactly("PTR " + API + ".");
        var ipv6 = "2." + "0.".repeat(23) + "8.b.d.0.1.0.0.2.ip6.arpa";
        assertThat(answers(dns.ask(ipv6, Type.PTR))).containsExactly("PTR web-1." + WEB + ".");
        assertThat(upstream.asked()).isEmpty();

        var _ = dns.ask("9.9.9.9.in-addr.arpa", Type.PTR);

        assertThat(upstream.asked()).hasSize(1);
    }

    @Test
    void oneOfSoManyQueriesIsLogged() throws Exception {
        var records = new CopyOnWriteArrayList<LogRecord>();
        var log = Logger.getLogger(QueryLog.class.getName());
        var handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                records.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.addHandler(handler);
        try {
            for (var name : List.of(API, API, API, API, API)) {
                var _ = dns.ask(name, Type.A);
            }
        } finally {
            log.removeHandler(handler);
        }

        assertThat(records).hasSize(2);
        assertThat(records.getFirst().getParameters())
                .extracting(String::valueOf)
                .containsExactly(API + ".", "A", "table");
    }

    private static NameInfo info(String name, String... addresses) {
        return NameInfo.newBuilder()
                .setRegistry("Kubernetes")
                .setShortname(name)
                .setNamespace("shop")
                .addAllIps(List.of(addresses))
                .build();
    }
}
