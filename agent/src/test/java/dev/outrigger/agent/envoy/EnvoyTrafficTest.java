package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class EnvoyTrafficTest {
    private static final Set<String> OURS = Set.of("admin", "admin.main_thread", "stats", "0.0.0.0_15090");

    @Test
    void ownListenersAndWorkersAreLeftOut() {
        var stats = """
                http.admin.downstream_rq_active: 1
                listener.admin.downstream_cx_total: 3
                listener.admin.main_thread.downstream_cx_active: 1
                listener.admin.main_thread.downstream_cx_total: 3
                http.stats.downstream_rq_active: 1
                listener.0.0.0.0_15090.downstream_cx_active: 1
                listener.127.0.0.1_10000.worker_0.downstream_cx_active: 7
                listener.127.0.0.1_10000.downstream_cx_active: 2
                http.inbound.downstream_cx_active: 2
                http.inbound.downstream_rq_total: 40
                """;

        assertThat(EnvoyTraffic.parse(stats, OURS)).isEqualTo(new EnvoyTraffic(0, 0, 40));
    }

    @Test
    void anIdleKeepAliveConnectionIsIdleAndATcpConnectionIsNot() {
        var http = "listener.a.downstream_cx_active: 1\nhttp.a.downstream_cx_active: 1\n";
        var tcp = "listener.b.downstream_cx_active: 1\n";

        assertThat(EnvoyTraffic.parse(http, OURS).isIdle()).isTrue();
        assertThat(EnvoyTraffic.parse(http + tcp, OURS)).isEqualTo(new EnvoyTraffic(0, 1, 0));
    }

    @Test
    void whatIsNotANumberIsIgnored() {
        assertThat(EnvoyTraffic.parse("http.a.downstream_rq_time: P0(1,1)\n\nnonsense", OURS)
                        .isIdle())
                .isTrue();
    }
}
