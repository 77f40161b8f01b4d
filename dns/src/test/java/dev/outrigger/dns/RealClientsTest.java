package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.addresses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrigger.dns.ProxyUnderTest.Setup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that others wrote: `dig`, `kdig`, and the C library. Debian has the first two in `dnsutils` and
/// `knot-dnsutils`; without them their tests are left out and say so. dnsjava's resolver asks in all other tests.
final class RealClientsTest {
    private static final String API = "api.default.svc.cluster.local";

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // before each test
    private ProxyUnderTest dns;

    @BeforeEach
    void start() throws IOException {
        var upstream = FakeNameserver.answering("192.0.2.1");
        dns = new Setup().cache(100).nameservers(upstream).start();
        open.add(dns);
        open.add(upstream);
        dns.proxy.publish(NameTable.of(Map.of(
                API,
                addresses("10.0.0.1", "2001:db8::1"),
                "many.test",
                IntStream.range(0, 100)
                        .mapToObj(i -> InetAddress.ofLiteral("10.1.0." + i))
                        .toList())));
    }

    @AfterEach
    void stop() throws Exception {
        for (var each : open) {
            each.close();
        }
    }

    @Test
    void digIsAnswered() throws Exception {
        requires("dig", "dnsutils");

        assertThat(run("dig", "+short", API)).isEqualTo("10.0.0.1\n");
        assertThat(run("dig", "+short", API, "AAAA")).isEqualTo("2001:db8::1\n");
        assertThat(run("dig", "+tcp", "+short", API)).isEqualTo("10.0.0.1\n");
        assertThat(run("dig", "+noall", "+comments", API, "TXT")).contains("status: NOERROR", "AUTHORITY: 1");
        assertThat(run("dig", "+noall", "+comments", "+dnssec", API)).contains("flags: do", "udp: 1232");
        assertThat(run("dig", "+short", "-x", "10.0.0.1")).isEqualTo(API + ".\n");
        assertThat(run("dig", "+short", "many.test")).contains("10.1.0.99"); // over TCP, as it was truncated
        assertThat(run("dig", "+noall", "+comments", "+ignore", "+noedns", "many.test"))
                .contains(" tc ");
        assertThat(run("dig", "+noall", "+comments", "chaos", "txt", "version.bind"))
                .contains("status: REFUSED");
        assertThat(run("dig", "+noall", "+comments", "+opcode=notify", API)).contains("status: NOTIMP");
        assertThat(run("dig", "+noall", "+comments", "+edns=1", "+noednsnegotiation", API))
                .contains("status: BADVERS");
        assertThat(run("dig", "+short", "www.example.com")).isEqualTo("192.0.2.1\n");
        assertThat(run("dig", "+noall", "+comments", "+cookie", "www.example.com"))
                .contains("status: NOERROR");
        assertThat(run("dig", "+noall", "+question", "+answer", "WwW.example.com"))
                .contains("WwW.example.com.");
    }

    @Test
    void kdigIsAnswered() throws Exception {
        requires("kdig", "knot-dnsutils");

        assertThat(run("kdig", "+short", API)).isEqualTo("10.0.0.1\n");
        assertThat(run("kdig", "+tcp", "+keepopen", "+short", API, API, "AAAA"))
                .contains("10.0.0.1\n", "2001:db8::1\n");
        assertThat(run("kdig", "+short", "+bufsize=4096", "many.test")).contains("10.1.0.99");
        assertThat(run("kdig", "+short", "www.example.com")).isEqualTo("192.0.2.1\n");
        assertThat(run("kdig", "+noall", "+header", "+dnssec", API, "HTTPS")).contains("NOERROR");
    }

    /// `getent` asks what the C library's `getaddrinfo` gives. It knows port 53 only, so it runs where
    /// `resolv.conf` names an address of loopback on which this proxy has port 53.
    @Test
    void theCLibraryIsAnswered() throws Exception {
        var address = new InetSocketAddress(InetAddress.ofLiteral("127.53.53.53"), 53);
        assumeTrue(
                mayServe(address) && succeeds("unshare", "-rm", "true"), "needs to bind port 53 and a mount namespace");
        var proxy = new Setup()
                .address(address)
                .staticNames(Map.of(API, addresses("10.0.0.1", "2001:db8::1"), "plain.test", addresses("10.0.0.2")))
                .start();
        open.add(proxy);
        var resolvConf = Files.writeString(
                directory.resolve("resolv.conf"),
                "nameserver 127.53.53.53\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5\n");

        assertThat(resolve(resolvConf, "ahosts", API)).contains("10.0.0.1", "2001:db8::1");
        assertThat(resolve(resolvConf, "ahosts", "api")).contains("10.0.0.1");
        assertThat(resolve(resolvConf, "ahostsv4", "plain.test")).contains("10.0.0.2");
        assertThat(resolve(resolvConf, "hosts", "10.0.0.2")).contains("plain.test");
    }

    private static boolean mayServe(InetSocketAddress address) {
        try (var _ = new java.net.DatagramSocket(address)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private String resolve(Path resolvConf, String database, String name) throws Exception {
        return output(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount --bind \"$1\" /etc/resolv.conf && exec getent \"$2\" \"$3\"",
                "sh",
                resolvConf.toString(),
                database,
                name);
    }

    private String run(String client, String... arguments) throws Exception {
        var command = new ArrayList<>(
                List.of(client, "@127.0.0.1", "-p", String.valueOf(dns.address().getPort())));
        command.addAll(List.of(arguments));
        return output(command.toArray(String[]::new));
    }

    private static void requires(String client, String debianPackage) throws Exception {
        assumeTrue(
                succeeds("sh", "-c", "command -v " + client),
                client + " is not there; install the Debian package " + debianPackage + " to run this test");
    }

    private static boolean succeeds(String... command) throws Exception {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private static String output(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
