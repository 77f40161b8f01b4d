package dev.outrigger.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NameserversTest {
    @TempDir
    private Path directory;

    private final EmbeddedChannel clock = new EmbeddedChannel();
    private Path resolvConf = Path.of("");

    @BeforeEach
    void writeTheFile() throws IOException {
        clock.freezeTime();
        resolvConf = Files.writeString(directory.resolve("resolv.conf"), "nameserver 192.0.2.1\nsearch a.test\n");
    }

    @Test
    void aChangedFileIsReadAgainAfterAWhileAndNotBefore() throws IOException {
        var nameservers = nameservers();
        nameservers.refresh();

        Files.writeString(resolvConf, "nameserver 192.0.2.2\nnameserver 192.0.2.3\nsearch b.test c.test\n");
        nameservers.refresh();
        assertThat(nameservers.usable()).containsExactly(server("192.0.2.1"));

        aWhilePasses();
        nameservers.refresh();
        assertThat(nameservers.usable()).containsExactly(server("192.0.2.2"), server("192.0.2.3"));
        assertThat(nameservers.searchDomains())
                .containsExactly(Nameservers.labels("b.test"), Nameservers.labels("c.test"));
    }

    @Test
    void aFileThatIsGoneOrNoTextLeavesTheLastNameservers() throws IOException {
        var nameservers = nameservers();
        nameservers.refresh();

        Files.write(resolvConf, new byte[] {(byte) 0xC3, (byte) 0x28, '\n'});
        aWhilePasses();
        nameservers.refresh();
        assertThat(nameservers.usable()).containsExactly(server("192.0.2.1"));

        Files.delete(resolvConf);
        aWhilePasses();
        nameservers.refresh();
        assertThat(nameservers.usable()).containsExactly(server("192.0.2.1"));
    }

    @Test
    void withoutASearchDomainInTheFileTheWorkloadsOwnOneIsTaken() throws IOException {
        Files.writeString(resolvConf, "nameserver 192.0.2.1\n");
        var nameservers = nameservers();

        nameservers.refresh();

        assertThat(nameservers.searchDomains()).containsExactly(Nameservers.labels("default.svc.cluster.local"));
    }

    private Nameservers nameservers() {
        var config = ProxyUnderTest.config(resolvConf, List.of(), Duration.ofSeconds(1), true);
        return new Nameservers(config, List.of(), clock.eventLoop());
    }

    private void aWhilePasses() {
        clock.advanceTimeBy(5, TimeUnit.SECONDS);
        clock.runScheduledPendingTasks();
    }

    private static InetSocketAddress server(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 53);
    }
}
