package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.envoy.DrainConfig.Listeners;
import org.junit.jupiter.api.Test;

class DrainedListenersTest {
    private static final String DIRECTED = """
            {"configs": [
              {"name": "in", "active_state": {"listener": {"name": "in", "traffic_direction": "INBOUND",
                "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15006}}}}},
              {"name": "out", "active_state": {"listener": {"name": "out", "traffic_direction": "OUTBOUND",
                "address": {"socket_address": {"address": "::", "port_value": 15001}}}}},
              {"name": "named", "active_state": {"listener": {"name": "named", "stat_prefix": "mine",
                "address": {"socket_address": {"address": "0.0.0.0", "port_value": 1}}}}},
              {"name": "inner", "active_state": {"listener": {"name": "inner", "internal_listener": {}}}},
              {"name": "warming", "warming_state": {}}]}""";
    private static final String UNDIRECTED = """
            {"configs": [{"name": "edge", "active_state": {"listener": {"name": "edge",
                "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}}}}}]}""";

    @Test
    void whatIsNotInboundIsSparedUnderTheNameOfItsStatistics() {
        var listeners = DrainedListeners.parse(DIRECTED, Listeners.AUTO);

        assertThat(listeners.all()).isFalse();
        assertThat(listeners.isDrained("0.0.0.0_15006")).isTrue();
        assertThat(listeners.isDrained("unknown_yet")).isTrue();
        assertThat(listeners.spared()).contains("[__]_15001", "mine", "envoy_internal_inner");
    }

    @Test
    void whereNoListenerSaysADirectionAllAreDrainedUnlessToldOtherwise() {
        assertThat(DrainedListeners.parse(UNDIRECTED, Listeners.AUTO).all()).isTrue();
        assertThat(DrainedListeners.parse(UNDIRECTED, Listeners.INBOUND))
                .isEqualTo(new DrainedListeners(false, java.util.Set.of("0.0.0.0_80")));
    }

    @Test
    void allIsAllWhateverTheySay() {
        assertThat(DrainedListeners.parse(DIRECTED, Listeners.ALL).isDrained("mine"))
                .isTrue();
    }

    @Test
    void anEnvoyWithoutListenersIsUnderstood() {
        assertThat(DrainedListeners.parse("{}", Listeners.AUTO).all()).isTrue();
    }
}
