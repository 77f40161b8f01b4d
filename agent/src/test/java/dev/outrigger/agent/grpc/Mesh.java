package dev.outrigger.agent.grpc;

import dev.outrigger.dev.ControlPlane;
import dev.outrigger.dev.DevFile;
import dev.outrigger.dev.DevFileException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The embedded control plane with one service, `greeter`, and one listener for all its servers.
final class Mesh implements AutoCloseable, ControlPlane.Listener {
    private final String tls;
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final InetSocketAddress address;
    private ControlPlane controlPlane;

    private Mesh(String tls) throws IOException, DevFileException {
        this.tls = tls;
        this.controlPlane = ControlPlane.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                file(List.of()),
                this,
                InstantSource.system());
        this.address = controlPlane.address();
    }

    static Mesh plaintext() throws IOException, DevFileException {
        return new Mesh("");
    }

    /// With certificates from the provider `default`.
    ///
    /// @param clientId whom the servers admit
    /// @param serverId whom the clients accept
    static Mesh mutualTls(String clientId, String serverId) throws IOException, DevFileException {
        return new Mesh(clientId + " " + serverId);
    }

    InetSocketAddress address() {
        return address;
    }

    /// What clients did not accept.
    List<String> refused() {
        return List.copyOf(refused);
    }

    /// Where the service is from now on.
    void publish(int... ports) throws DevFileException {
        controlPlane.publish(file(Arrays.stream(ports).boxed().toList()));
    }

    void stop() {
        controlPlane.close();
    }

    /// At the same address.
    void startAgain(int... ports) throws IOException, DevFileException {
        controlPlane =
                ControlPlane.start(address, file(Arrays.stream(ports).boxed().toList()), this, InstantSource.system());
    }

    private DevFile file(List<Integer> ports) throws DevFileException {
        return DevFile.parse("mesh.yaml", MeshYaml.text(tls, ports));
    }

    @Override
    public void close() {
        controlPlane.close();
    }

    @Override
    public void streamOpened(String node) {}

    @Override
    public void pushed(String node, String typeUrl, String version, ControlPlane.Changes changes) {}

    @Override
    public void acked(String node, String typeUrl, String version, Duration took) {}

    @Override
    public void nacked(String node, String typeUrl, String version, String reason) {
        refused.add(typeUrl + ": " + reason);
    }

    @Override
    public void streamClosed(String node) {}
}
