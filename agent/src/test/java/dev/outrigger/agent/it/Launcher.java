package dev.outrigger.agent.it;

import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs an agent behind an Envoy that is started first, as bin/outrigger does: by `bin/early-envoy` itself.
final class Launcher {
    private static final String SCRIPT = "set -euo pipefail; . \"$1\"; PATH=$2:$PATH; early_envoy run"
            + " --envoy-concurrency=2 --drain-max=$3; shift 3; exec \"$@\"";

    private final Path envoy;

    /// @param folder gets a name for Envoy, by which its process can be found
    Launcher(Path folder) throws IOException {
        this.envoy = folder.resolve("early/envoy");
        Files.createDirectories(envoy.getParent());
        Files.writeString(envoy, "#!/bin/bash\nexec -a \"$0\" " + Checkout.envoy() + " \"$@\"\n");
        if (!envoy.toFile().setExecutable(true)) {
            throw new IOException(envoy + " cannot be made executable");
        }
    }

    /// @param before what runs the launcher; empty for nothing
    /// @param drain the agent's `drain-max`, or another one, for an Envoy that it does not want
    /// @param flags of the agent
    AgentProcess run(Mesh mesh, List<String> before, String drain, String... flags) throws IOException {
        var prefix = new ArrayList<>(before);
        prefix.addAll(List.of(
                "bash",
                "-c",
                SCRIPT,
                "launcher",
                Checkout.root().resolve("bin/early-envoy").toString(),
                envoy.getParent().toString(),
                drain));
        var all = new ArrayList<>(Arrays.asList(flags));
        all.add("--envoy-path=" + envoy);
        return mesh.run(prefix, all.toArray(String[]::new));
    }
}
