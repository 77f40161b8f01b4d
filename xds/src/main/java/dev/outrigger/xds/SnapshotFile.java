package dev.outrigger.xds;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/// One snapshot on disk, replaced as a whole. Stateless.
///
/// All numbers are big-endian; `text` and `bytes` are a 4-byte length and that many bytes, texts in UTF-8:
/// ```
/// magic "ORLKGOOD" | format version: 4 bytes, 2
/// node: text | control planes: count, texts | as of: 8 bytes, milliseconds since 1970
/// clients: count, each: node: text | program: text
///   types: count, each: type URL: text | version: text | whole: 1 byte, 1 with bytes after it, or 0
///     resources: count, each: name: text | version: text | value: bytes
/// CRC32C of all before it: 4 bytes
/// ```
/// The checksum is against damage, not against forgery: who can write the file is its owner, and could write a
/// digest as well. A SHA-256 of 6 MB takes this JVM 130 ms, a CRC32C less than one.
final class SnapshotFile {
    private static final byte[] MAGIC = "ORLKGOOD".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 2;
    private static final int CHECKSUM_BYTES = 4;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int LENGTH_BYTES = 4;
    /// To read it takes its size twice, for a moment.
    private static final long LIMIT =
            Math.min(Integer.MAX_VALUE - 64, Runtime.getRuntime().maxMemory() / 3);

    private final Path path;

    SnapshotFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /// Writes a file beside it, for the owner only, and moves it to its place once it is on disk: whoever reads,
    /// and whatever kills the agent, there is the old one or the new one.
    ///
    /// @return its size in bytes
    long write(Snapshot snapshot) throws IOException {
        long written;
        var folder = path.toAbsolutePath().getParent();
        var fresh = path.resolveSibling(path.getFileName() + ".tmp");
        Files.deleteIfExists(fresh); // left by an agent that was killed
        var permissions = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel =
                FileChannel.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions)) {
            var file = Channels.newOutputStream(channel);
            var checksum = new CRC32C();
            var out = new DataOutputStream(
                    new BufferedOutputStream(new CheckedOutputStream(file, checksum), BUFFER_BYTES));
            write(out, snapshot);
            out.flush();
            new DataOutputStream(file).writeInt((int) checksum.getValue());
            channel.force(true);
            written = channel.size();
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        if (folder != null) {
            try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
        return written;
    }

    /// What was written last.
    ///
    /// @return null when there is no file
    /// @throws IOException when it cannot be read or is not what was written; says why
    @Nullable
    Snapshot read() throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        long size = Files.size(path);
        if (size > LIMIT) {
            throw new IOException("it has " + size + " bytes, more than a third of the memory this agent may use");
        }
        if (size < MAGIC.length + LENGTH_BYTES + CHECKSUM_BYTES) {
            throw new IOException("it has " + size + " bytes");
        }
        byte[] all;
        try (InputStream file = Files.newInputStream(path)) {
            all = file.readNBytes((int) size);
        }
        return read(all);
    }

    private static Snapshot read(byte[] all) throws IOException {
        if (all.length < MAGIC.length + LENGTH_BYTES + CHECKSUM_BYTES
                || !Arrays.equals(all, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("it is no snapshot");
        }
        int end = all.length - CHECKSUM_BYTES;
        var in = ByteBuffer.wrap(all, MAGIC.length, end - MAGIC.length);
        int version = in.getInt();
        if (version != VERSION) {
            throw new IOException("its format is " + version + ", this agent reads " + VERSION);
        }
        var checksum = new CRC32C();
        checksum.update(all, 0, end);
        if ((int) checksum.getValue()
                != ByteBuffer.wrap(all, end, CHECKSUM_BYTES).getInt()) {
            throw new IOException("its checksum is wrong, it is damaged");
        }
        try {
            return snapshot(in);
        } catch (RuntimeException e) {
            throw new IOException("its content is wrong although its checksum is right (" + e + ")", e);
        }
    }

    private static void write(DataOutputStream out, Snapshot snapshot) throws IOException {
        out.write(MAGIC);
        out.writeInt(VERSION);
        text(out, snapshot.node());
        out.writeInt(snapshot.controlPlanes().size());
        for (var controlPlane : snapshot.controlPlanes()) {
            text(out, controlPlane);
        }
        out.writeLong(snapshot.asOf().toEpochMilli());
        out.writeInt(snapshot.clients().size());
        for (var client : snapshot.clients().entrySet()) {
            text(out, client.getKey().node());
            text(out, client.getKey().program());
            out.writeInt(client.getValue().size());
            for (var type : client.getValue().entrySet()) {
                text(out, type.getKey());
                write(out, type.getValue());
            }
        }
    }

    private static void write(DataOutputStream out, KeptType type) throws IOException {
        text(out, type.version());
        out.writeBoolean(type.whole() != null);
        if (type.whole() != null) {
            bytes(out, type.whole());
        }
        var resources = type.resources();
        out.writeInt(resources.count());
        for (int row = 0; row < resources.count(); row++) {
            resources.write(row, out);
        }
    }

    private static Snapshot snapshot(ByteBuffer in) {
        var node = text(in);
        var controlPlanes = new ArrayList<String>();
        for (int left = in.getInt(); left > 0; left--) {
            controlPlanes.add(text(in));
        }
        var asOf = Instant.ofEpochMilli(in.getLong());
        var clients = new LinkedHashMap<Client, Map<String, KeptType>>();
        for (int left = in.getInt(); left > 0; left--) {
            var client = new Client(text(in), text(in));
            var types = new LinkedHashMap<String, KeptType>();
            for (int more = in.getInt(); more > 0; more--) {
                types.put(text(in), type(in));
            }
            clients.put(client, types);
        }
        return new Snapshot(node, List.copyOf(controlPlanes), asOf, clients);
    }

    private static KeptType type(ByteBuffer in) {
        var version = text(in);
        var whole = in.get() == 1 ? bytes(in) : null;
        var resources = new KeptResources();
        for (int left = in.getInt(); left > 0; left--) {
            resources.put(text(in), text(in), bytes(in));
        }
        return new KeptType(version, whole, resources);
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        bytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(ByteBuffer in) {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a length of " + length);
        }
        var bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
