package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class EnvoyTrafficTest {
    private static final DrainedListeners ALL = new DrainedListeners(true, Set.of());
    private static final DrainedListeners INBOUND = new DrainedListeners(false, Set.of("127.0.0.1_10000"));

    @Test
    void ownListenersAndWorkersAreLeftOut() {
        var stats = """
                http.admin.downstream_rq_active: 1
                listener.admin.downstream_cx_total: 3
                listener.admin.main_thread.downstream_cx_active: 1
                listener.admin.main_thread.downstream_cx_total: 3
                http.stats.downstream_rq_active: 1
                listener.readiness.downstream_cx_active: 1
                listener.127.0.0.1_10000.worker_0.downstream_cx_active: 7
                listener.127.0.0.1_10000.downstream_cx_active: 2
                http.inbound.downstream_cx_active: 2
                http.inbound.downstream_rq_total: 40
                """;

        assertThat(EnvoyTraffic.parse(stats, ALL)).isEqualTo(new EnvoyTraffic(0, 0, 40, 0, 0));
    }

    @Test
    void anIdleKeepAliveConnectionIsIdleAndATcpConnectionIsNot() {
        var http = "listener.a.downstream_cx_active: 1\nhttp.a.downstream_cx_active: 1\n";
        var tcp = "listener.b.downstream_cx_active: 1\n";

        assertThat(EnvoyTraffic.parse(http, ALL).inFlight()).isZero();
        assertThat(EnvoyTraffic.parse(http + tcp, ALL)).isEqualTo(new EnvoyTraffic(0, 1, 0, 0, 0));
    }

    @Test
    void whatIsOutboundIsCountedApart() {
        var stats = """
                listener.127.0.0.1_10000.http.out.downstream_rq_completed: 9
                listener.127.0.0.1_10001.http.outbound_in.downstream_rq_completed: 9
                listener.127.0.0.1_10000.downstream_cx_active: 5
                listener.127.0.0.1_10001.downstream_cx_active: 1
                http.out.downstream_cx_active: 5
                http.out.downstream_rq_active: 3
                http.out.downstream_rq_total: 12
                http.outbound_in.downstream_cx_active: 1
                http.outbound_in.downstream_rq_active: 1
                http.not_mapped_yet.downstream_rq_active: 1
                """;

        assertThat(EnvoyTraffic.parse(stats, INBOUND)).isEqualTo(new EnvoyTraffic(2, 0, 0, 3, 12));
    }

    @Test
    void aConnectionManagerOfBothDirectionsIsInbound() {
        var stats = """
                listener.127.0.0.1_10000.http.both.downstream_rq_completed: 9
                listener.127.0.0.1_10001.http.both.downstream_rq_completed: 9
                http.both.downstream_rq_active: 1
                """;

        assertThat(EnvoyTraffic.parse(stats, INBOUND).requests()).isEqualTo(1);
    }

    @Test
    void whatIsNotANumberIsIgnored() {
        assertThat(EnvoyTraffic.parse("http.a.downstream_rq_time: P0(1,1)\n\nnonsense", ALL)
                        .inFlight())
                .isZero();
    }
}
