package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.core.Node;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import java.net.ProtocolException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ClientNodeTest {
    private static final String ID = "sidecar~10.0.0.7~shop~default";
    /// With fields that the agent does not know.
    private static final Node NODE = parsed(new Writer()
            .string(1, ID)
            .message(3, new Writer().string(6, "no name"))
            .string(6, "envoy")
            .string(9, "an extension")
            .toBytes());

    @Test
    void saysWhoItIsWhereverItStandsInTheRequest() throws Exception {
        var sotw = DiscoveryRequest.newBuilder()
                .setVersionInfo("v")
                .setNode(NODE)
                .addResourceNames("a")
                .setTypeUrl("t")
                .build();
        var delta =
                DeltaDiscoveryRequest.newBuilder().setNode(NODE).setTypeUrl("t").build();

        for (var node : List.of(node(Protocol.SOTW, sotw.toByteArray()), node(Protocol.DELTA, delta.toByteArray()))) {
            assertThat(node.id()).isEqualTo(ID);
            assertThat(node.program()).isEqualTo("envoy");
        }
    }

    @Test
    void oneWithoutAnythingHasNoNames() throws Exception {
        var node = node(
                Protocol.DELTA,
                DeltaDiscoveryRequest.newBuilder()
                        .setNode(Node.getDefaultInstance())
                        .build()
                        .toByteArray());

        assertThat(node.id()).isEmpty();
        assertThat(node.program()).isEmpty();
    }

    @Test
    void theNextRequestGetsTheWholeFieldAsItCame() throws Exception {
        var memory = new NodeMemory();
        memory.remember(Request.read(
                Protocol.SOTW,
                DiscoveryRequest.newBuilder()
                        .setVersionInfo("v")
                        .setNode(NODE)
                        .setTypeUrl("t")
                        .build()
                        .toByteArray()));
        var next = DiscoveryRequest.newBuilder().setTypeUrl("other").build();

        var complete = DiscoveryRequest.parseFrom(memory.complete(next.toByteArray(), false));

        assertThat(complete).isEqualTo(next.toBuilder().setNode(NODE).build());
    }

    @Test
    void aLargeRequestIsNotKeptForItsNode() throws Exception {
        var small =
                DeltaDiscoveryRequest.newBuilder().setNode(NODE).setTypeUrl("t").build();
        var large =
                small.toBuilder().addResourceNamesSubscribe("x".repeat(1_000)).build();

        var ofSmall = node(Protocol.DELTA, small.toByteArray());
        var ofLarge = node(Protocol.DELTA, large.toByteArray());

        assertThat(ofSmall.kept()).isSameAs(ofSmall);
        assertThat(ofLarge.kept().request()).hasSize(ofLarge.to() - ofLarge.from());
        assertThat(ofLarge.kept().id()).isEqualTo(ID);
    }

    @Test
    void whatIsNoMessageIsRefused() {
        assertThatThrownBy(() -> Request.read(
                        Protocol.SOTW,
                        new Writer().number(Protocol.SOTW.node, 1).toBytes()))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("wire type");
        assertThatThrownBy(() -> node(
                        Protocol.SOTW,
                        new Writer()
                                .bytes(Protocol.SOTW.node, new byte[] {10, 100})
                                .toBytes()))
                .isInstanceOf(ProtocolException.class);
    }

    private static ClientNode node(Protocol protocol, byte[] request) throws ProtocolException {
        return Objects.requireNonNull(Request.read(protocol, request).node());
    }

    private static Node parsed(byte[] node) {
        try {
            return Node.parseFrom(node);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
