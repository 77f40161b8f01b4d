package dev.outrigger.h2;

import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// The JDK's TLS, loaded when somebody makes something with it. netty asks it, even where it uses BoringSSL, for
/// nothing but the names of the protocols that it supports, and to know them the JDK initialises all its ciphers,
/// groups and constraints: 30 ms of CPU in each start. This one is asked instead, once, by the thread that initialises
/// netty, and by nobody else.
final class DeferredTls extends Provider {
    private static final String NAME = "OutriggerDeferredTls";
    private static final long serialVersionUID = 1;
    /// What every JDK from 21 on supports and has on, unless `java.security` says otherwise; that is asked when
    /// something is made.
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private DeferredTls() {
        super(NAME, "1", "the JDK's TLS, loaded late");
        putService(new Service(this, "SSLContext", "TLS", Late.class.getName(), List.of(), Map.of()) {
            @Override
            public Object newInstance(@Nullable Object parameter) {
                return new Late();
            }
        });
    }

    /// Runs something with this as the only provider that its thread sees. Where the JVM was not told to show the
    /// class that can do that (`--add-exports java.base/sun.security.jca=ALL-UNNAMED`), it runs without, and
    /// slower.
    ///
    /// @return whether it was told
    static boolean during(Runnable action) {
        try {
            var lists = Class.forName("sun.security.jca.ProviderList");
            var threads = Class.forName("sun.security.jca.Providers");
            var end = threads.getMethod("endThreadProviderList", lists);
            var list = lists.getMethod("newList", Provider[].class)
                    .invoke(null, (Object) new Provider[] {new DeferredTls()});
            var before = threads.getMethod("beginThreadProviderList", lists).invoke(null, list);
            try {
                action.run();
            } finally {
                end.invoke(null, before);
            }
            return true;
        } catch (ReflectiveOperationException _) {
            action.run();
            return false;
        }
    }

    /// A context that may well be used: it becomes the JDK's then.
    private static final class Late extends SSLContextSpi {
        private KeyManager @Nullable [] keys;
        private TrustManager @Nullable [] trust;
        private @Nullable SecureRandom random;
        private @Nullable SSLContext real;

        @Override
        protected void engineInit(
                KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random) {
            this.keys = keys;
            this.trust = trust;
            this.random = random;
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return new SSLParameters(new String[0], PROTOCOLS.clone());
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return engineGetSupportedSSLParameters();
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return real().getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return real().getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return real().createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return real().createSSLEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return real().getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return real().getClientSessionContext();
        }

        private synchronized SSLContext real() {
            if (real == null) {
                try {
                    var context = SSLContext.getInstance("TLS");
                    context.init(keys, trust, random);
                    real = context;
                } catch (NoSuchAlgorithmException | KeyManagementException e) {
                    throw new IllegalStateException("the JDK has no TLS", e);
                }
            }
            return real;
        }
    }
}
