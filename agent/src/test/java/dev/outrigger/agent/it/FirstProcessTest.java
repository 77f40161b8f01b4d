package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent is the first process of a container: here, of a process namespace.
class FirstProcessTest {
    @TempDir
    private Path folder;

    @Test
    void orphansAreReapedAndTheStatusOfTheApplicationIsNotLost() throws IOException, InterruptedException {
        // Each inner shell leaves a child behind that ends soon; the application itself ends 3 s later.
        var script =
                "for i in 1 2 3 4 5; do (sleep 0.3 & exec true); done; (exec sleep 0.2 &); echo orphans made; sleep 3; exit 9";
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(Namespaces.firstProcess(), List.of("sh", "-c", script), "--log-level=debug")) {
            agent.await("making orphans", () -> agent.log().contains("orphans made"));
            var first = Processes.children(agent.pid()).getFirst();

            agent.await("reaping them", () -> agent.log().split("orphan reaped", -1).length == 1 + 6);

            assertThat(Processes.dead(Processes.children(first))).isEmpty();
            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(9);
            assertThat(Processes.naming(folder.toString())).isEmpty();
        }
    }

    @Test
    void aKilledAgentTakesAllWithIt() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(Namespaces.firstProcess(), List.of("sleep", "600.5"))) {
            agent.await("running the application", () -> agent.log().contains("application started"));
            var first = Processes.children(agent.pid()).getFirst();
            assertThat(agent.status("pid")).isEqualTo("1");

            Processes.kill(first);
            agent.awaitExit();

            Eventually.holds(
                    5,
                    () -> Processes.naming(folder.toString()).isEmpty()
                            && Processes.naming("sleep\000600.5").isEmpty(),
                    () -> "left: " + Processes.naming(folder.toString()));
        }
    }
}
