package io.netty.handler.ssl;

import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/// Stands in for netty's class of this name, which has the JDK wrap trust managers that are not extended ones, and
/// begins by loading all of the JDK's TLS to find out how: 25 ms of CPU in each start. All of ours are extended.
final class OpenSslX509TrustManagerWrapper {
    private OpenSslX509TrustManagerWrapper() {}

    static boolean isWrappingSupported() {
        return false;
    }

    /// @throws IllegalArgumentException when it is not an extended one: names would go unchecked
    static X509TrustManager wrapIfNeeded(X509TrustManager manager) {
        if (manager instanceof X509ExtendedTrustManager) {
            return manager;
        }
        throw new IllegalArgumentException("a trust manager must be an X509ExtendedTrustManager: " + manager);
    }
}
