package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcBootstrapTest {
    private static final Node NODE =
            new Node("web-1", "web", new Node.Locality("eu", "eu-1", "rack-7"), Map.of("NAMESPACE", "shop"));
    private static final String TEMPLATE = "grpc/server?xds.resource.listening_address=%s";
    private static final Path SOCKET = Path.of("/run/outrigger/xds.sock");

    @Test
    void aBootstrapWithCertificates() throws Exception {
        var files = new CertificateFiles(
                Path.of("/run/outrigger/chain.pem"),
                Path.of("/run/outrigger/key.pem"),
                Path.of("/run/outrigger/roots.pem"),
                Duration.ofMinutes(10));

        Golden.assertSame(
                "grpc-certificates.json", new GrpcBootstrap(SOCKET, NODE, TEMPLATE, Optional.of(files)).toJson());
    }

    @Test
    void aBootstrapForAClientWithoutCertificates() throws Exception {
        Golden.assertSame("grpc.json", new GrpcBootstrap(SOCKET, NODE, "", Optional.empty()).toJson());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b/%41%/xds.sock", "/\"é\"/\uD83D\uDEF6", "/a?b#c[d]", "/a;b=c&d+e@f:g~h", "/"})
    void anyPathSurvivesTheWayThroughTheUri(String path) {
        var json = new GrpcBootstrap(Path.of(path), NODE, TEMPLATE, Optional.empty())
                .toJson()
                .compact();

        var uri = URI.create(json.split("\"", 6)[5].split("\"", 2)[0]);

        assertThat(uri.getScheme()).isEqualTo("unix");
        assertThat(uri.getAuthority()).isNull();
        assertThat(uri.getPath()).isEqualTo(path);
    }

    @Test
    void whatGrpcWouldRefuseIsRefusedWithAnAdvice() {
        var file = Path.of("/a.pem");

        assertRefused(
                "make it absolute", () -> new GrpcBootstrap(Path.of("xds.sock"), NODE, TEMPLATE, Optional.empty()));
        assertRefused("key.pem", () -> new CertificateFiles(file, Path.of("key.pem"), file, Duration.ofMinutes(1)));
        assertRefused("positive", () -> new CertificateFiles(file, file, file, Duration.ZERO));
    }

    private static void assertRefused(String advice, Runnable make) {
        assertThatIllegalArgumentException().isThrownBy(make::run).withMessageContaining(advice);
    }
}
