package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.FakeControlPlane;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelaySocketTest {
    @TempDir
    Path folder;

    private FakeControlPlane controlPlane;

    @BeforeEach
    void serve() throws Exception {
        controlPlane = FakeControlPlane.start();
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    @Test
    void onlyTheOwnerMayConnectAndNothingElseIsLeftInTheFolder() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(relay.config.socket())))
                    .isEqualTo("rw-------");
            try (var files = Files.list(folder)) {
                assertThat(files.collect(Collectors.toList())).containsExactly(relay.config.socket());
            }
        }
    }

    @Test
    void aSocketLeftByADeadAgentIsReplaced() throws Exception {
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(folder.resolve("XDS")));
        }

        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            client.send(
                    Messages.sotw(Messages.CDS).setNode(Messages.NODE).build().toByteArray());

            controlPlane.await(Messages.CDS);
        }
    }

    @Test
    void aLiveSocketIsLeftAloneAndTheFixIsNamed() throws Exception {
        try (var _ = TestRelay.start(folder, controlPlane.address())) {
            assertThatThrownBy(() -> TestRelay.start(folder, controlPlane.address()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("xDS socket " + folder.resolve("XDS")
                            + " is in use by a live process; stop it or set --xds-socket");
        }
    }

    @Test
    void aPlainFileIsNotDeleted() throws Exception {
        Files.writeString(folder.resolve("XDS"), "precious");

        assertThatThrownBy(() -> TestRelay.start(folder, controlPlane.address()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--xds-socket");
        assertThat(folder.resolve("XDS")).hasContent("precious");
    }

    @Test
    void aMissingFolderIsNamed() {
        assertThatThrownBy(() -> TestRelay.start(folder.resolve("none"), controlPlane.address()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.resolve("none").toString())
                .hasMessageContaining("--xds-socket");
    }
}
