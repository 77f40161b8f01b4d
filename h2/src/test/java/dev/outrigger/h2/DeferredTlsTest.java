package dev.outrigger.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.Security;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class DeferredTlsTest {
    @Test
    void whatItSaysOfProtocolsIsWhatTheJdkSays() throws Exception {
        var real = SSLContext.getDefault();
        var deferred = deferred();
        assertThat(real.getSupportedSSLParameters().getProtocols())
                .contains(deferred.getSupportedSSLParameters().getProtocols());
        assertThat(real.getDefaultSSLParameters().getProtocols())
                .containsExactlyInAnyOrder(deferred.getDefaultSSLParameters().getProtocols());
    }

    @Test
    void aContextThatOthersGetMeanwhileWorks() throws Exception {
        var context = deferred();
        context.init(null, null, null);
        assertThat(context.createSSLEngine("localhost", 443).getEnabledCipherSuites())
                .isEqualTo(SSLContext.getDefault().createSSLEngine().getEnabledCipherSuites());
        assertThat(context.createSSLEngine().getPeerHost()).isNull();
        assertThat(context.getSocketFactory().getSupportedCipherSuites()).isNotEmpty();
        assertThat(context.getServerSocketFactory().getSupportedCipherSuites()).isNotEmpty();
        assertThat(context.getClientSessionContext()).isNotNull();
        assertThat(context.getServerSessionContext()).isNotNull();
    }

    @Test
    void itGoesAgain() throws Exception {
        var before = Security.getProviders();
        assertThatThrownBy(() -> DeferredTls.during(() -> {
                    throw new IllegalStateException("netty's troubles");
                }))
                .hasMessage("netty's troubles");

        assertThat(Security.getProviders()).containsExactly(before);
        assertThat(SSLContext.getInstance("TLS").getProvider().getName()).isEqualTo("SunJSSE");
    }

    private static SSLContext deferred() {
        var context = new AtomicReference<SSLContext>();
        var told = DeferredTls.during(() -> {
            try {
                context.set(SSLContext.getInstance("TLS"));
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(told).as("the tests run with --add-exports").isTrue();
        assertThat(context.get().getProvider()).isInstanceOf(DeferredTls.class);
        return context.get();
    }
}
