package dev.outrigger.agent.cli;

import dev.outrigger.agent.stop.Ending;
import java.util.List;
/// x

final class DevCommand {
    DevCommand(Ending ending) {}

    int run(List<String> a) {
        return a.size();
    }
}
