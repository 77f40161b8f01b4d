package dev.outrigger.agent.cli;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;

/// A certificate for `localhost`, made by the JDK's keytool, that lives for one training run.
///
/// @param pem the certificate
/// @param server what the control plane serves with
record TrainingCertificate(Path pem, SslContext server) {
    private static final String PASSWORD = "training";

    static TrainingCertificate make(Path folder) throws IOException, InterruptedException {
        var store = folder.resolve("control-plane.p12");
        keytool(store);
        try {
            var keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, PASSWORD.toCharArray());
            var pem = Files.writeString(folder.resolve("control-plane.pem"), pem(keys));
            var context = GrpcSslContexts.configure(SslContextBuilder.forServer(managers), SslProvider.JDK)
                    .build();
            return new TrainingCertificate(pem, context);
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool's key store cannot be used: " + e.getMessage(), e);
        }
    }

    private static String pem(KeyStore keys) throws GeneralSecurityException {
        var der = keys.getCertificate("control-plane").getEncoded();
        var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
    }

    private static void keytool(Path store) throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "control-plane",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("keytool made no certificate; is this a whole JDK? It said: " + said);
        }
    }
}
