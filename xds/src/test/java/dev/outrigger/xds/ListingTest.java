package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListingTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aDeltaPushIsListedAsItIs(long seed) throws Exception {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            var response = DeltaDiscoveryResponse.newBuilder().setTypeUrl(CDS).setNonce("n");
            for (int i = random.nextInt(run + 1); i > 0; i--) {
                var resource = Resource.newBuilder().setName(text(random)).setVersion(text(random));
                if (random.nextInt(5) > 0) {
                    resource.setResource(any(CDS, random));
                }
                response.addResources(resource);
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                response.addRemovedResources(text(random));
            }

            var push = Push.read(
                    Protocol.DELTA,
                    Message.of(Messages.withUnknownFields(response.build().toByteArray(), random)));

            assertThat(push.count()).isEqualTo(response.getResourcesCount());
            assertThat(push.removed().names()).isEqualTo(response.getRemovedResourcesList());
            var listed = new ArrayList<Resource>();
            for (int entry = 0; entry < push.listing().count(); entry++) {
                var expected = response.getResources(entry);
                assertThat(push.listing().size(entry))
                        .isEqualTo(expected.getResource().getSerializedSize());
                listed.add(expected.toBuilder()
                        .setName(push.listing().name(entry))
                        .setVersion(version(push.listing(), entry))
                        .build());
            }
            assertThat(listed).isEqualTo(response.getResourcesList());
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aStateOfTheWorldPushIsListedWithChecksums(long seed) throws Exception {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            var response = DiscoveryResponse.newBuilder().setTypeUrl(CDS).setVersionInfo("v");
            var expected = new ArrayList<String>();
            for (int i = random.nextInt(run + 1); i > 0; i--) {
                var name = text(random);
                var any = named(name, random);
                if (random.nextInt(3) == 0) {
                    var resource =
                            Resource.newBuilder().setName(name).setVersion("w").setResource(any);
                    response.addResources(Any.newBuilder()
                            .setTypeUrl(Push.WRAPPER)
                            .setValue(resource.build().toByteString()));
                    expected.add(name + " w " + sum(any.toByteString()));
                } else {
                    response.addResources(any);
                    expected.add(name + "  " + sum(any.getValue()));
                }
            }

            var push = Push.read(
                    Protocol.SOTW,
                    Message.of(Messages.withUnknownFields(response.build().toByteArray(), random)));

            assertThat(lines(push.listing())).isEqualTo(expected);
        }
    }

    @Test
    void theOrderOfTheFieldsDoesNotMatter() throws ProtocolException {
        var resources = List.of(
                new Writer().string(3, "name").string(1, "version"),
                new Writer()
                        .string(1, "older")
                        .string(3, "na")
                        .string(1, "version")
                        .string(3, "name"),
                new Writer().string(3, "na").string(3, "name").string(1, "version"),
                new Writer()
                        .string(3, "longer than it")
                        .string(1, "version")
                        .element(1, "")
                        .string(3, "name"));
        var push = new Writer();
        resources.forEach(resource -> push.message(2, resource));
        push.message(2, new Writer().string(3, "last"));

        var listing = Push.read(Protocol.DELTA, Message.of(push.toBytes())).listing();

        assertThat(lines(listing))
                .containsExactly("name version 0 0", "name version 0 0", "name version 0 0", "name  0 0", "last  0 0");
    }

    @Test
    void aPushWithOneThatCannotBeReadListsNothing() throws ProtocolException {
        var broken = new Writer().string(1, CDS).bytes(2, new byte[] {0x0a, 0x7f});
        var good = new Writer().string(1, CDS).message(2, new Writer().string(1, "good"));
        var raw = new Writer()
                .message(2, good)
                .message(2, broken)
                .message(2, good)
                .string(5, "nonce")
                .toBytes();

        var push = Push.read(Protocol.SOTW, Message.of(raw));

        assertThat(push.listing().isEmpty()).isTrue();
        assertThat(push.count()).isEqualTo(3);
        assertThat(push.nonce()).isEqualTo("nonce");
    }

    @Test
    void aNameIsFoundHoweverOftenItStands() throws ProtocolException {
        var push = new Writer();
        for (int i = 0; i < 100; i++) {
            push.message(2, new Writer().string(3, "n" + i % 50));
        }

        var listing = Push.read(Protocol.DELTA, Message.of(push.toBytes())).listing();

        assertThat(listing.find("n7", -1)).isEqualTo(7);
        assertThat(listing.find("n7", 7)).isEqualTo(57);
        assertThat(listing.find("n7", 57)).isEqualTo(-1);
        assertThat(listing.find("n50", -1)).isEqualTo(-1);
        assertThat(Listing.EMPTY.find("", -1)).isEqualTo(-1);
    }

    @Test
    void aNameGivenBackBeforeTheAnswerIsNotHeld() throws ProtocolException {
        var push = new Writer();
        for (var name : List.of("a", "b", "a", "c")) {
            push.message(2, new Writer().string(1, "1").string(3, name));
        }
        var sent = Sent.of(Push.read(Protocol.DELTA, Message.of(push.toBytes())), 1, Keeper.NONE);
        var held = new ResourceTable();

        sent.forget("a");
        sent.forget("unknown");
        sent.addTo(held);

        assertThat(held.names()).containsExactly("b", "c");
        assertThat(sent.forgotten()).containsExactly("a");
    }

    private static List<String> lines(Listing listing) {
        var lines = new ArrayList<String>();
        for (int entry = 0; entry < listing.count(); entry++) {
            lines.add(listing.name(entry) + " " + version(listing, entry) + " " + listing.size(entry) + " "
                    + listing.checksum(entry));
        }
        return lines;
    }

    private static String version(Listing listing, int entry) {
        int from = listing.versionFrom(entry);
        return new String(listing.text(), from, listing.versionTo(entry) - from, UTF_8);
    }

    private static String sum(ByteString bytes) {
        var crc = new CRC32();
        crc.update(bytes.asReadOnlyByteBuffer());
        return bytes.size() + " " + (int) crc.getValue();
    }

    private static Any named(String name, Random random) {
        var value = new Writer()
                .element(1, name)
                .bytes(7, any("x", random).toByteArray())
                .toBytes();
        return Any.newBuilder()
                .setTypeUrl(CDS)
                .setValue(ByteString.copyFrom(value))
                .build();
    }

    private static Any any(String type, Random random) {
        var value = new byte[random.nextInt(20) == 0 ? random.nextInt(40_000) : random.nextInt(300)];
        random.nextBytes(value);
        return Any.newBuilder()
                .setTypeUrl(type)
                .setValue(ByteString.copyFrom(value))
                .build();
    }

    private static String text(Random random) {
        return (random.nextBoolean() ? "ü" : "n").repeat(random.nextInt(40));
    }
}
