package dev.outrigger.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class SocketErrorsTest {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void whoDoesNotListenIsToldInTheWordsOfTheSystem() throws Exception {
        InetSocketAddress nobody;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }

        assertThat(dialed(nobody)).startsWith("Connection refused: ").contains(":" + nobody.getPort());
    }

    @Test
    void aSocketThatIsNotThereIsToldSo() throws Exception {
        var path = folder.resolve("none").toString();

        assertThat(dialed(new DomainSocketAddress(path))).isEqualTo("No such file or directory");
    }

    @Test
    void whatIsInNoKnownFormIsLeftAsItIs() {
        assertThat(SocketErrors.text(new IOException("broken pipe"))).isEqualTo("broken pipe");
        assertThat(SocketErrors.text(new IOException("x failed with error(-1"))).isEqualTo("x failed with error(-1");
        assertThat(SocketErrors.text(new IOException())).isEqualTo("java.io.IOException");
    }

    private String dialed(SocketAddress address) throws Exception {
        var reason = new CompletableFuture<String>();
        var target = new H2Client.Target(address, "nobody", "nobody", null, Duration.ofSeconds(5));
        H2Client.dial(target, loops.next(), H2Options.server(65_535, H2Options.ANY_SIZE), new H2Client.Listener() {
            @Override
            public void onReady() {
                reason.complete("connected");
            }

            @Override
            public void onClosed(String why) {
                reason.complete(why);
            }
        });
        return reason.get();
    }
}
