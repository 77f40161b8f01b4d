package dev.outrigger.agent.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.health.HealthBoard;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Over real datagram sockets of the kernel.
class NotifySocketTest {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @TempDir
    private Path folder;

    @AfterEach
    void end() throws InterruptedException {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    @Test
    void messagesArriveInTheirOrderAtASocketInTheFileSystem() throws InterruptedException {
        var path = folder.resolve("notify").toString();
        listen(path);
        var socket = new NotifySocket(path, loops.next());

        IntStream.range(0, 100).forEach(i -> socket.send("STATUS=" + i));

        for (var i = 0; i < 100; i++) {
            assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("STATUS=" + i);
        }
    }

    @Test
    void anAbstractSocketIsToldThatTheAgentIsReadyAndLives() throws InterruptedException {
        var name = "outrigger-test-" + UUID.randomUUID();
        listen("\0" + name);
        var config = new NotifyConfig("@" + name, Optional.of(Duration.ofSeconds(1)));
        var clock = InstantSource.system();
        var manager = ServiceManager.start(Optional.of(config), loops, new HealthBoard(clock), clock);

        manager.look();

        assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("READY=1\nSTATUS=ready");
        assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("WATCHDOG=1");
    }

    @Test
    void aManagerThatComesBackIsToldAgain() throws InterruptedException {
        var path = folder.resolve("notify");
        var loop = loops.next();
        var socket = new NotifySocket(path.toString(), loop);

        socket.send("STATUS=nobody hears this");
        loop.submit(() -> {}).sync();
        listen(path.toString());
        socket.send("STATUS=heard");

        assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("STATUS=heard");
    }

    private Channel listen(String path) throws InterruptedException {
        return new Bootstrap()
                .group(loops)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        received.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(path))
                .sync()
                .channel();
    }
}
