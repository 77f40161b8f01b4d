package dev.outrigger.h2;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// The JDK's judgement of a server's chain, and then {@link ServerName}'s of its name. To judge names, too, the
/// JDK loads all public authorities to know whether the chain ends at one of them, which takes 25 ms of CPU in a
/// JVM that has just begun and keeps a megabyte; where roots are given it matters to nobody.
final class NamedTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager chains;

    /// @param chains judges chains; is not asked for names, as the engine says nothing of them
    NamedTrust(X509ExtendedTrustManager chains) {
        this.chains = chains;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange, SSLEngine engine)
            throws CertificateException {
        chains.checkServerTrusted(chain, keyExchange, engine);
        ServerName.check(chain[0], engine.getPeerHost());
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange) throws CertificateException {
        throw nameless();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange, Socket socket)
            throws CertificateException {
        throw nameless();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange) throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange, Socket socket)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange, SSLEngine engine)
            throws CertificateException {
        throw noServer();
    }

    private static CertificateException nameless() {
        return new CertificateException("without an engine there is no name to compare with");
    }

    private static CertificateException noServer() {
        return new CertificateException("a client trusts no clients");
    }
}
