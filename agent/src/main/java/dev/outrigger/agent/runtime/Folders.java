package dev.outrigger.agent.runtime;

import dev.outrigger.agent.config.AgentConfig;
import dev.outrigger.bootstrap.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// The folders the agent works in and the files it leaves there.
final class Folders {
    private static final String OWNER_ONLY = "rw-------";
    private static final String READABLE = "rw-r--r--";
    private static final String FOLDER = "rwxr-xr-x";

    private Folders() {}

    /// Makes what is missing.
    static void create(AgentConfig config) throws IOException {
        var workDir = config.workDir();
        create("work-dir", workDir);
        forFile(workDir, "xds-socket", config.xds().socket());
        forFile(workDir, "sds-socket", config.sds().socket());
        forFile(workDir, "grpc-bootstrap", config.bootstraps().grpcFile());
        var certificates = config.credentials().certificates();
        if (certificates.isPresent()) {
            create("credentials-dir", CredentialFiles.folder(certificates.get()));
        }
        for (var token : config.credentials().tokens().values()) {
            create("jwt-file", parent(token));
        }
    }

    /// Writes Envoy's bootstrap.
    static void writeEnvoyBootstrap(Path file, String bootstrap) throws IOException {
        AtomicFile.writeForThisStart(file, bootstrap, OWNER_ONLY);
    }

    /// Writes the bootstrap of proxyless gRPC.
    static void writeGrpcBootstrap(AgentConfig config) throws IOException {
        var bootstraps = config.bootstraps();
        AtomicFile.writeForThisStart(
                bootstraps.grpcFile(), bootstraps.grpc().toJson().pretty(), READABLE);
    }

    private static Path parent(Path file) {
        var parent = file.toAbsolutePath().getParent();
        return parent == null ? file : parent;
    }

    /// Makes the folder of a file without which there is no start.
    private static void forFile(Path workDir, String setting, Path file) throws IOException {
        var folder = parent(file);
        create(setting, folder);
        if (!Files.isWritable(folder)) {
            var wanted = folder.equals(workDir.toAbsolutePath()) ? "work-dir" : setting;
            throw new IOException("folder " + folder + " cannot be written; make it writable, or set --" + wanted
                    + " to another place");
        }
    }

    private static void create(String setting, Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FOLDER)));
        } catch (IOException e) {
            throw new IOException(
                    "folder " + folder + " cannot be created (" + e.getClass().getSimpleName()
                            + "); make it writable, or set --" + setting + " to another place",
                    e);
        }
    }
}
