package dev.outrigger.xds;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import dev.outrigger.xds.Snapshot.Resource;
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
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One snapshot on disk, replaced as a whole. Stateless.
///
/// All numbers are big-endian; `text` and `bytes` are a 4-byte length and that many bytes, texts in UTF-8:
/// ```
/// magic "ORLKGOOD" | format version: 4 bytes, 1
/// node: text | control planes: count, texts | as of: 8 bytes, milliseconds since 1970
/// clients: count, each: node: text | program: text
///   types: count, each: type URL: text | version: text | whole: 1 byte, 1 with bytes after it, or 0
///     resources: count, each: name: text | version: text | value: bytes
/// SHA-256 of all before it: 32 bytes
/// ```
final class SnapshotFile {
    private static final byte[] MAGIC = "ORLKGOOD".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int DIGEST_BYTES = 32;
    private static final int LENGTH_BYTES = 4;
    /// An array holds no more; far beyond what fits into the agent's memory anyway.
    private static final int LIMIT = Integer.MAX_VALUE - 64;

    private final Path path;

    SnapshotFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /// Writes a file beside it, for the owner only, and moves it to its place once it is on disk: whoever reads,
    /// and whatever kills the agent, there is the old one or the new one.
    void write(Snapshot snapshot) throws IOException {
        var folder = path.toAbsolutePath().getParent();
        var fresh = path.resolveSibling(path.getFileName() + ".tmp");
        Files.deleteIfExists(fresh); // left by an agent that was killed
        var permissions = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel =
                FileChannel.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions)) {
            var digest = sha256();
            var out = new DataOutputStream(
                    new DigestOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)), digest));
            write(out, snapshot);
            out.write(digest.digest());
            out.flush();
            channel.force(true);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        if (folder != null) {
            try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
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
        if (size > LIMIT || size < MAGIC.length + LENGTH_BYTES + DIGEST_BYTES) {
            throw new IOException("it has " + size + " bytes");
        }
        byte[] all;
        try (InputStream file = Files.newInputStream(path)) {
            all = file.readNBytes((int) size);
        }
        return read(all);
    }

    private static Snapshot read(byte[] all) throws IOException {
        if (all.length < MAGIC.length + LENGTH_BYTES + DIGEST_BYTES
                || !Arrays.equals(all, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("it is no snapshot");
        }
        int end = all.length - DIGEST_BYTES;
        var in = ByteBuffer.wrap(all, MAGIC.length, end - MAGIC.length);
        int version = in.getInt();
        if (version != VERSION) {
            throw new IOException("its format is " + version + ", this agent reads " + VERSION);
        }
        var digest = sha256();
        digest.update(all, 0, end);
        if (!Arrays.equals(digest.digest(), Arrays.copyOfRange(all, end, all.length))) {
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
        out.writeInt(type.resources().size());
        for (var resource : type.resources().entrySet()) {
            text(out, resource.getKey());
            text(out, resource.getValue().version());
            bytes(out, resource.getValue().value());
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
        var resources = new LinkedHashMap<String, Resource>();
        for (int left = in.getInt(); left > 0; left--) {
            resources.put(text(in), new Resource(text(in), bytes(in)));
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

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
