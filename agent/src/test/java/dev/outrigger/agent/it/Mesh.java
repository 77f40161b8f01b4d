package dev.outrigger.agent.it;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.dev.ControlPlane;
import dev.outrigger.dev.DevFile;
import dev.outrigger.dev.DevFileException;
import dev.outrigger.dev.EchoApplication;
import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/// What is around one agent: `examples/hello.yaml` on ports of its own, served by the embedded control plane,
/// with the application behind it. The agent itself is a process that a test starts.
final class Mesh implements AutoCloseable {
    static final String SPIFFE_ID = "spiffe://dev.outrigger/hello";
    private static final Pattern GREETING = Pattern.compile("inline_string: \".*\"");
    private static final Pattern CLIENT_CERTIFICATE = Pattern.compile("x-forwarded-client-cert: .*Hash=(\\p{XDigit}+)");
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final InstantSource clock = InstantSource.system();
    private final Path folder;
    private final InetSocketAddress controlPlaneAddress = Ports.free();
    private final InetSocketAddress outbound = Ports.free();
    private final InetSocketAddress inbound = Ports.free();
    private final InetSocketAddress status = Ports.free();
    private final InetSocketAddress readiness = Ports.free();
    private final InetSocketAddress stats = Ports.free();
    private final InetSocketAddress admin = Ports.free();
    private final InetSocketAddress dns = Ports.free();
    private final EchoApplication application;
    private String yaml;
    private ControlPlane controlPlane;

    private Mesh(Path folder, String example) throws IOException {
        this.folder = folder;
        this.application = EchoApplication.start(Ports.free(), clock);
        this.yaml = example.replace("10080", port(application.address()))
                .replace("10000", port(outbound))
                .replace("10001", port(inbound));
        startControlPlane();
    }

    /// @param folder becomes the agent's work directory
    static Mesh start(Path folder) throws IOException {
        return new Mesh(folder, Files.readString(Checkout.root().resolve("examples/hello.yaml")));
    }

    /// @param folder becomes the agent's work directory
    /// @param change made to the example
    static Mesh start(Path folder, UnaryOperator<String> change) throws IOException {
        return new Mesh(folder, change.apply(Files.readString(Checkout.root().resolve("examples/hello.yaml"))));
    }

    /// Has Envoy open a connection to the mTLS listener for each request.
    static String withAHandshakeForEachRequest(String example) {
        return example.replace(
                "auto_config: {http2_protocol_options: {}}",
                "common_http_protocol_options: {max_requests_per_connection: 1}\n"
                        + "          auto_config: {http2_protocol_options: {}}");
    }

    /// Starts an agent that serves this mesh.
    ///
    /// @param further flags, `--key=value`, which win over those that every agent here gets
    AgentProcess agent(String... further) throws IOException {
        return agent(Map.of(), further);
    }

    /// @param environment replaces variables
    AgentProcess agent(Map<String, String> environment, String... further) throws IOException {
        return AgentProcess.start(folder, status, arguments(further), environment);
    }

    /// Starts an agent that serves this mesh and runs an application.
    ///
    /// @param prefix what the agent itself is run by; empty for nothing
    /// @param command of the application
    /// @param further flags
    AgentProcess run(List<String> prefix, List<String> command, String... further) throws IOException {
        var arguments = arguments(further);
        arguments.add("--");
        arguments.addAll(command);
        return AgentProcess.start(folder, status, prefix, arguments, Map.of());
    }

    /// @param prefix what the agent is run by; empty for nothing
    AgentProcess run(List<String> prefix, String... further) throws IOException {
        return AgentProcess.start(folder, status, prefix, arguments(further), Map.of());
    }

    private List<String> arguments(String... further) {
        var arguments = new ArrayList<>(List.of("run"));
        arguments.addAll(Arrays.asList(further));
        flags().filter(flag -> Arrays.stream(further).noneMatch(own -> key(own).equals(key(flag))))
                .forEach(arguments::add);
        return arguments;
    }

    private Stream<String> flags() {
        return Stream.of(
                "--profile=dev",
                "--control-plane=" + LocalHttp.authority(controlPlaneAddress),
                "--envoy-path=" + Checkout.envoy(),
                "--work-dir=" + folder,
                "--spiffe-id=" + SPIFFE_ID,
                "--status-address=" + LocalHttp.authority(status),
                "--readiness-address=" + LocalHttp.authority(readiness),
                "--stats-address=" + LocalHttp.authority(stats),
                "--admin-address=" + LocalHttp.authority(admin),
                "--dns-address=" + LocalHttp.authority(dns),
                "--application-metrics=http://" + LocalHttp.authority(application.address()) + "/metrics");
    }

    private static String key(String flag) {
        return flag.split("=", 2)[0];
    }

    /// Another command of `outrigger`, asking this mesh's agent.
    AgentProcess command(String... arguments) throws IOException {
        var all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--status-address=" + LocalHttp.authority(status));
        return AgentProcess.start(folder, status, all, Map.of());
    }

    /// A command of `outrigger` that asks no status server.
    static AgentProcess bare(Path folder, String... arguments) throws IOException {
        return AgentProcess.start(folder, Ports.free(), Arrays.asList(arguments), Map.of());
    }

    /// Pushes the last state with a change.
    void publish(UnaryOperator<String> change) {
        yaml = change.apply(yaml);
        if (controlPlane != null) {
            controlPlane.publish(file());
        }
    }

    /// Pushes what `/greeting` answers.
    void greet(String text) {
        publish(now -> GREETING.matcher(now).replaceAll("inline_string: \"" + text + "\""));
    }

    void stopControlPlane() {
        controlPlane.close();
        controlPlane = null;
    }

    /// Starts it on the same port with what was published last.
    void startControlPlane() throws IOException {
        controlPlane = ControlPlane.start(controlPlaneAddress, file(), new Silent(), clock);
    }

    boolean hasControlPlane() {
        return controlPlane != null;
    }

    private DevFile file() {
        try {
            return DevFile.parse("it", yaml);
        } catch (DevFileException e) {
            throw new IllegalStateException(String.join("\n", e.problems()), e);
        }
    }

    /// A request through Envoy on a connection of its own.
    KeepAliveClient.Answer get(String path) throws IOException {
        try (var client = new KeepAliveClient(outbound)) {
            return client.get(path);
        }
    }

    /// The address that the agent's DNS proxy gives for a name.
    String lookUp(String name) throws IOException {
        var query = Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN));
        var answer = new SimpleResolver(dns).send(query).getSection(Section.ANSWER);
        return ((ARecord) answer.getFirst()).getAddress().getHostAddress();
    }

    /// What `/greeting` answers.
    String greeting() {
        try {
            return get("/greeting").body();
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }

    /// What Envoy's admin interface answers.
    LocalHttp.Answer envoy(String path) throws IOException {
        return new LocalHttp(admin, ANSWER).ask("GET", path);
    }

    /// SHA-256 of the client certificate that the application was told of, in hexadecimal.
    static String certificate(String echoed) {
        var match = CLIENT_CERTIFICATE.matcher(echoed);
        if (!match.find()) {
            throw new AssertionError("no client certificate in " + echoed);
        }
        return match.group(1);
    }

    /// What is served, as {@link DevFile#parse} reads it.
    String yaml() {
        return yaml;
    }

    InetSocketAddress controlPlaneAddress() {
        return controlPlaneAddress;
    }

    InetSocketAddress outbound() {
        return outbound;
    }

    InetSocketAddress inbound() {
        return inbound;
    }

    InetSocketAddress status() {
        return status;
    }

    InetSocketAddress readiness() {
        return readiness;
    }

    InetSocketAddress dns() {
        return dns;
    }

    @Override
    public void close() {
        if (controlPlane != null) {
            controlPlane.close();
        }
        application.close();
    }

    private static String port(InetSocketAddress address) {
        return Integer.toString(address.getPort());
    }

    private static final class Silent implements ControlPlane.Listener {
        @Override
        public void streamOpened(String node) {}

        @Override
        public void pushed(String node, String typeUrl, String version, ControlPlane.Changes changes) {}

        @Override
        public void acked(String node, String typeUrl, String version, Duration took) {}

        @Override
        public void nacked(String node, String typeUrl, String version, String reason) {}

        @Override
        public void streamClosed(String node) {}
    }
}
