package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.FakeJwtIssuer;
import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtSvidsTest {
    private static final String ID = "spiffe://test.example/web";

    @TempDir
    Path folder;

    private final FakeScheduler time = new FakeScheduler(InstantSource.system().instant());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BlockingQueue<JwtSvid> found = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> failed = new LinkedBlockingQueue<>();
    private FakeWorkloadApi api;
    private JwtSvids tokens;

    @BeforeEach
    void start() throws IOException {
        var socket = folder.resolve("spire");
        api = FakeWorkloadApi.start(socket, TestCa.create("root"), ID);
        var loop = group.next();
        tokens = JwtSvids.start(socket, new Latest<>(), loop, new Alarms(loop, time, time), registry, new Random(1));
    }

    @AfterEach
    void close() {
        tokens.close();
        api.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    @Test
    void aTokenIsFetchedAgainAtAboutHalfOfItsLife() throws Exception {
        api.tokenLifetime(Duration.ofMinutes(10));
        tokens.follow("one", found::add, failed::add);
        var first = next();
        assertThat(first.spiffeId()).isEqualTo(ID);
        assertThat(first.audience()).containsExactly("one");

        advance(Duration.ofMinutes(4));
        assertThat(found).isEmpty();
        advance(Duration.ofMinutes(2));
        var second = next();

        assertThat(second.token()).isNotEqualTo(first.token());
        assertThat(api.issuedTokens()).hasSize(2);
        assertThat(failed).isEmpty();
    }

    @Test
    void manyFollowersOfOneAudienceShareAFetchAndALaterOneGetsWhatIsThere() throws Exception {
        tokens.follow("one", found::add, failed::add);
        tokens.follow("one", found::add, failed::add);
        next();
        next();
        tokens.follow("one", found::add, failed::add);
        next();
        tokens.follow("other", found::add, failed::add);

        assertThat(next().audience()).containsExactly("other");
        assertThat(api.issuedTokens()).hasSize(2);
    }

    @Test
    void whatNobodyFollowsIsKeptButNotFetched() throws Exception {
        api.tokenLifetime(Duration.ofMinutes(10));
        var subscription = tokens.follow("one", found::add, failed::add);
        var first = next();
        subscription.close();
        tokens.follow("one", found::add, failed::add).close();
        assertThat(next()).isEqualTo(first);

        advance(Duration.ofMinutes(9));
        assertThat(api.issuedTokens()).hasSize(1);

        tokens.follow("one", found::add, failed::add);
        assertThat(next()).isNotEqualTo(first);
        assertThat(api.issuedTokens()).hasSize(2);
    }

    @Test
    void inAnOutageTheGoodTokenStaysAndAttemptsAreFew() throws Exception {
        api.tokenLifetime(Duration.ofMinutes(10));
        tokens.follow("one", found::add, failed::add);
        next();
        api.stop();

        advance(Duration.ofMinutes(6));
        assertThat(failed.poll(20, TimeUnit.SECONDS)).contains("no JWT-SVID from the Workload API: UNAVAILABLE");
        assertThat(found).isEmpty();
        for (var i = 0; i < 20; i++) {
            failed.clear();
            advance(Duration.ofSeconds(6));
            assertThat(failed.poll(20, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(registry.get("outrigger.identity.jwt.failures").counter().count())
                .isLessThan(60);

        var late = new LinkedBlockingQueue<JwtSvid>();
        tokens.follow("one", late::add, failed::add);
        advance(Duration.ofSeconds(6));
        assertThat(late.poll(20, TimeUnit.SECONDS))
                .as("the one that is still good")
                .isNotNull();
        api.restart();
        advance(Duration.ofSeconds(6));
        next();
    }

    @Test
    void aRefusalSaysWhatToDo() throws Exception {
        api.refuse(Status.PERMISSION_DENIED.withDescription("no identity issued"));

        tokens.follow("one", found::add, failed::add);

        assertThat(failed.poll(20, TimeUnit.SECONDS))
                .contains("PERMISSION_DENIED (no identity issued)")
                .contains("register it");
    }

    @Test
    void anExpiredTokenIsRefused() throws Exception {
        api.tokenLifetime(Duration.ofMinutes(-5));

        tokens.follow("one", found::add, failed::add);

        assertThat(failed.poll(20, TimeUnit.SECONDS)).contains("refused: the token expired");
        assertThat(found).isEmpty();
    }

    @Test
    void aSourceWithoutTokensSaysSo() throws Exception {
        try (var none =
                JwtSvids.start(new IdentityConfig.None(), new Latest<>(), group, registry, time, new Random(1))) {
            none.follow("one", found::add, failed::add);

            assertThat(failed.poll(20, TimeUnit.SECONDS))
                    .contains("the identity source of this agent has no JWT-SVIDs")
                    .contains("--spiffe-socket");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"sub\":\"web\",\"aud\":\"a\",\"exp\":9999999999}",
                "{\"sub\":\"spiffe://a/b\",\"exp\":9999999999}",
                "{\"sub\":\"spiffe://a/b\",\"aud\":\"a\"}",
                "{\"sub\":\"spiffe://a/b\",\"aud\":{},\"exp\":9999999999}",
                "{\"sub\":\"spiffe://a/b\",\"aud\":\"a\",\"exp\":\"soon\"}",
                "[",
                "not JSON"
            })
    void claimsThatDoNotMakeAnSvidAreRefusedWithoutQuotingThem(String claims) {
        var token = new FakeJwtIssuer().sign(claims);

        assertThatThrownBy(() -> JwtSvid.parse(token))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(token.substring(0, 40)));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aCorruptTokenNeverEscapesAsAnotherException(long seed) {
        var random = new Random(seed);
        var good = new FakeJwtIssuer().issue(ID, List.of("a"), Duration.ofHours(1));
        for (var i = 0; i < 2_000; i++) {
            var text = new StringBuilder(good);
            for (var change = 0; change <= random.nextInt(4) && !text.isEmpty(); change++) {
                var at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                    case 1 -> text.deleteCharAt(at);
                    default -> text.setLength(Math.max(1, at));
                }
            }
            try {
                assertThat(JwtSvid.parse(text.toString()).toString()).doesNotContain(text.toString());
            } catch (IOException e) {
                assertThat(e.getMessage()).startsWith("the token");
            }
        }
    }

    private JwtSvid next() throws InterruptedException {
        var token = found.poll(20, TimeUnit.SECONDS);
        assertThat(token).as("nothing came; %s", failed).isNotNull();
        return token;
    }

    private void advance(Duration by) {
        for (var left = by; left.isPositive(); left = left.minusSeconds(1)) {
            sync();
            time.advance(Duration.ofSeconds(1));
        }
        sync();
    }

    private void sync() {
        group.submit(() -> {}).awaitUninterruptibly(20, TimeUnit.SECONDS);
    }
}
