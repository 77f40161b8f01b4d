package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.tls.Secret;
import dev.outrigger.testkit.TestCa;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSecretsTest {
    private static final TestCa CA = TestCa.create("root").intermediate("middle");

    @TempDir
    Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FileSecrets files = new FileSecrets(InstantSource.system(), registry, Duration.ofMillis(200));
    private final BlockingQueue<SecretResource> found = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> failed = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        files.close();
    }

    @Test
    void aPairIsServedAndItsSuccessorOnceBothFilesAreThere() throws Exception {
        var first = issue();
        write(first);
        provide(pair());
        assertThat(chain(next())).isEqualTo(first.chainPem());

        var second = issue();
        Files.writeString(certificate(), second.chainPem());
        assertThat(found.poll(300, TimeUnit.MILLISECONDS)).as("half of a pair").isNull();
        Files.writeString(key(), second.keyPem());

        assertThat(chain(next())).isEqualTo(second.chainPem());
        assertThat(registry.get("outrigger.sds.file.expiry").gauge().value()).isBetween(3500.0, 3600.0);
    }

    @Test
    void kubernetesSwapsAreFollowedAgainAndAgain() throws Exception {
        swap(issue());
        provide(pair());
        next();

        for (var i = 0; i < 5; i++) {
            var successor = issue();
            swap(successor);
            assertThat(chain(next())).isEqualTo(successor.chainPem());
        }
    }

    @Test
    void filesThatComeLateAndGoAgainAreToldAndWhatWasGoodStays() throws Exception {
        provide(pair());
        assertThat(trouble()).contains("cert.pem does not exist; is it mounted");
        var issued = issue();
        write(issued);
        next();

        Files.delete(key());
        assertThat(trouble()).contains("key.pem does not exist");
        Files.writeString(key(), issued.keyPem());

        assertThat(chain(next())).isEqualTo(issued.chainPem());
    }

    @Test
    void aKeyOfAnotherCertificateIsNamed() throws Exception {
        write(issue());
        Files.writeString(key(), issue().keyPem());

        provide(pair());

        assertThat(trouble())
                .contains("key.pem is not that of the first certificate in")
                .contains("cert.pem");
    }

    @Test
    void aChainOutOfOrderIsRefused() throws Exception {
        var issued = issue();
        Files.writeString(certificate(), Pem.certificates(issued.chain().reversed()));
        Files.writeString(key(), issued.keyPem());

        provide(pair());

        assertThat(trouble()).contains("is not that of the first certificate");
    }

    @Test
    void expiredAndNotYetValidAreNamed() throws Exception {
        write(CA.issue("web.test", Duration.ofHours(-1)));
        provide(pair());
        assertThat(trouble()).contains("cert.pem: expired").contains("renew it");

        var now = InstantSource.system().instant();
        write(CA.issue("web.test", now.plusSeconds(3600), now.plusSeconds(7200)));
        assertThat(awaitTrouble("valid from")).contains("is the clock of this machine right?");
        assertThat(found).isEmpty();
    }

    @Test
    void aServedOneThatExpiresIsTold() throws Exception {
        var now = InstantSource.system().instant();
        write(CA.issue("web.test", now.minusSeconds(60), now.plusMillis(1500).plusSeconds(1)));
        provide(pair());
        next();

        assertThat(awaitTrouble("expired")).contains("renew " + certificate());
    }

    @Test
    void truncatedEmptyAndHugeFilesAreNamed() throws Exception {
        var issued = issue();
        write(issued);
        Files.writeString(certificate(), issued.chainPem().substring(0, 300));
        provide(pair());
        assertThat(trouble()).contains("cert.pem: a block begins and does not end");

        Files.writeString(certificate(), "");
        assertThat(awaitTrouble("no certificate")).contains("cert.pem: it holds no certificate");
        Files.write(certificate(), new byte[10 << 20]);
        assertThat(awaitTrouble("larger")).contains("cert.pem is larger than 2 MiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRIVATE KEY", "EC PRIVATE KEY"})
    void keysComeInSeveralForms(String label) throws Exception {
        var issued = issue();
        write(issued);
        Files.writeString(key(), inForm(label, issued.key()));

        provide(pair());

        assertThat(chain(next())).isEqualTo(issued.chainPem());
    }

    @Test
    void anRsaKeyInItsOldFormIsRead() throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var key = generator.generateKeyPair().getPrivate();

        assertThat(Pem.privateKey(inForm("RSA PRIVATE KEY", key))).isEqualTo(key);
    }

    @Test
    void rootsAreServedAndBadOnesAmongThemLeftOut() throws Exception {
        var roots = folder.resolve("roots.pem");
        var bad = Pem.block("CERTIFICATE", "no certificate".getBytes(StandardCharsets.US_ASCII));
        Files.writeString(roots, bad + CA.rootPem() + "text between\n" + bad);
        provide("file-root:" + roots);
        assertThat(roots(next())).isEqualTo(CA.rootPem());

        var successor = TestCa.create("successor").rootPem();
        Files.writeString(roots, CA.rootPem() + successor);

        assertThat(roots(next())).isEqualTo(CA.rootPem() + successor);
    }

    @Test
    void theRootsOfTheSystemAreServed() throws Exception {
        provide("file-root:system");

        assertThat(roots(next())).contains("BEGIN CERTIFICATE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file-cert:",
                "file-cert:a",
                "file-cert:a~",
                "file-cert:~a",
                "file-cert:a~b~c",
                "file-root:",
                "file-root:\0"
            })
    void aNameInAnotherFormIsTold(String name) throws Exception {
        provide(name);

        assertThat(trouble()).containsAnyOf("file-cert:CERTIFICATE~KEY or file-root:PATH", "it is no path");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void corruptFilesAreRefusedWithoutAWordOfThem(long seed) throws Exception {
        var random = new Random(seed);
        var issued = issue();
        var spec = FileSecret.parse(pair());
        for (var i = 0; i < 300; i++) {
            var chain = random.nextBoolean() ? issued.chainPem() : corrupt(issued.chainPem(), random);
            var key = random.nextBoolean() ? issued.keyPem() : corrupt(issued.keyPem(), random);
            try {
                var content =
                        spec.content(List.of(chain, key), InstantSource.system().instant());
                assertThat(content.toString()).startsWith("file-cert:");
            } catch (IOException e) {
                assertThat(e.getMessage()).contains(folder.toString());
                for (var line : issued.keyPem().lines().skip(1).toList()) {
                    assertThat(e.getMessage()).doesNotContain(line);
                }
            }
        }
    }

    private static String corrupt(String text, Random random) {
        var changed = new StringBuilder(text);
        for (var change = 0; change <= random.nextInt(5) && !changed.isEmpty(); change++) {
            var at = random.nextInt(changed.length());
            switch (random.nextInt(4)) {
                case 0 -> changed.setCharAt(at, (char) random.nextInt(128));
                case 1 -> changed.deleteCharAt(at);
                case 2 -> changed.insert(at, changed.substring(at));
                default -> changed.setLength(Math.max(1, at));
            }
        }
        return changed.toString();
    }

    private static String inForm(String label, PrivateKey key) throws IOException {
        var info = PrivateKeyInfo.getInstance(key.getEncoded());
        return switch (label) {
            case "PRIVATE KEY" -> Pem.block(label, info.getEncoded());
            case "EC PRIVATE KEY" -> {
                // With the curve in it, as openssl writes it.
                var bare = ECPrivateKey.getInstance(info.parsePrivateKey());
                var whole = new ECPrivateKey(
                        256, bare.getKey(), info.getPrivateKeyAlgorithm().getParameters());
                yield Pem.block(label, whole.getEncoded());
            }
            default -> Pem.block(label, info.parsePrivateKey().toASN1Primitive().getEncoded());
        };
    }

    private void provide(String name) {
        files.provide(name, new NamedSecrets.Listener() {
            @Override
            public void found(SecretResource secret) {
                found.add(secret);
            }

            @Override
            public void failed(String reason) {
                failed.add(reason);
            }
        });
    }

    private static TestCa.Issued issue() {
        return CA.issue("web.test", Duration.ofHours(1));
    }

    private String pair() {
        return "file-cert:" + certificate() + "~" + key();
    }

    private Path certificate() {
        return folder.resolve("cert.pem");
    }

    private Path key() {
        return folder.resolve("key.pem");
    }

    private void write(TestCa.Issued issued) throws IOException {
        Files.writeString(certificate(), issued.chainPem());
        Files.writeString(key(), issued.keyPem());
    }

    /// As kubelet does: a new folder, a new link beside, and one rename.
    private void swap(TestCa.Issued issued) throws IOException {
        var generation = Files.createTempDirectory(folder, "..");
        Files.writeString(generation.resolve("cert.pem"), issued.chainPem());
        Files.writeString(generation.resolve("key.pem"), issued.keyPem());
        var current = folder.resolve("..data");
        var fresh = folder.resolve("..data_tmp");
        var old = Files.exists(current) ? current.toRealPath() : null;
        Files.createSymbolicLink(fresh, generation.getFileName());
        Files.move(fresh, current, StandardCopyOption.ATOMIC_MOVE);
        if (old == null) {
            Files.createSymbolicLink(certificate(), Path.of("..data/cert.pem"));
            Files.createSymbolicLink(key(), Path.of("..data/key.pem"));
        } else {
            Files.delete(old.resolve("cert.pem"));
            Files.delete(old.resolve("key.pem"));
            Files.delete(old);
        }
    }

    private SecretResource next() throws InterruptedException {
        var secret = found.poll(20, TimeUnit.SECONDS);
        assertThat(secret).as("nothing came; %s", failed).isNotNull();
        return secret;
    }

    private String trouble() throws InterruptedException {
        var reason = failed.poll(20, TimeUnit.SECONDS);
        assertThat(reason).isNotNull();
        return reason;
    }

    private String awaitTrouble(String part) throws InterruptedException {
        while (true) {
            var reason = trouble();
            if (reason.contains(part)) {
                return reason;
            }
        }
    }

    private static String chain(SecretResource secret) throws Exception {
        var parsed = Secret.parseFrom(secret.body().getValue());
        assertThat(parsed.getName()).isEqualTo(secret.name());
        assertThat(TestService.key(parsed)).startsWith("-----BEGIN PRIVATE KEY-----");
        return TestService.chain(parsed);
    }

    private static String roots(SecretResource secret) throws Exception {
        return TestService.roots(Secret.parseFrom(secret.body().getValue()));
    }
}
