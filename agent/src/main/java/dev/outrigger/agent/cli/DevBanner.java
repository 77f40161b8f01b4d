package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.AgentConfig;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.runtime.Ready;
import dev.outrigger.bootstrap.EnvoyBootstrap;
import dev.outrigger.dev.DevFile;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;

/// What `outrigger dev` prints when everything is up: what listens where, and what to try.
final class DevBanner {
    private final AgentConfig config;
    private final Path path;
    private final DevFile file;
    private final InetSocketAddress controlPlane;
    private final StringBuilder text = new StringBuilder();

    DevBanner(AgentConfig config, Path path, DevFile file, InetSocketAddress controlPlane) {
        this.config = config;
        this.path = path;
        this.file = file;
        this.controlPlane = controlPlane;
    }

    String text(Ready ready) {
        ready.envoy()
                .ifPresent(took -> text.append(
                        String.format(Locale.ROOT, "%nEnvoy became ready in %d ms, everything", took.toMillis())));
        text.append(String.format(
                Locale.ROOT,
                " within %d ms of the launch. What listens where:%n",
                ready.sinceStart().toMillis()));
        file.listeners().forEach((name, address) -> where("Envoy, listener " + name, address));
        file.application().ifPresent(address -> where("application", "http://" + LocalHttp.authority(address)));
        where("probes and metrics", http(config.status().address()));
        EnvoyBootstrap envoy = config.bootstraps().envoy();
        envoy.readiness().ifPresent(address -> where("readiness through Envoy", http(address) + "/healthz/ready"));
        envoy.stats().ifPresent(address -> where("Envoy's metrics", http(address) + "/stats/prometheus"));
        where("Envoy's admin interface", http(envoy.admin()));
        config.dns().ifPresent(dns -> dns.listening().addresses().forEach(a -> where("DNS", LocalHttp.authority(a))));
        where("control plane", LocalHttp.authority(controlPlane));
        where("discovery for clients", "unix:" + config.xds().socket());
        where("secrets for clients", "unix:" + config.sds().socket());
        tries();
        return text.append(String.format("%nCtrl-C drains and stops everything.%n%n"))
                .toString();
    }

    private void tries() {
        text.append(String.format("%nTry, in another terminal:%n"));
        file.listeners().values().stream()
                .findFirst()
                .ifPresent(first -> attempt("curl -i http://" + first + "/", "a request through Envoy"));
        config.dns()
                .ifPresent(dns -> file.names().stream().findFirst().ifPresent(name -> {
                    var address = dns.listening().addresses().getFirst();
                    attempt(
                            "dig @" + address.getAddress().getHostAddress() + " -p " + address.getPort() + " " + name,
                            "a name from the control plane's table");
                }));
        var status = http(config.status().address());
        attempt("curl -s " + status + "/stats/prometheus", "Envoy, application and agent in one scrape");
        attempt("curl -s -H 'Accept: application/json' " + status + "/healthz/ready", "readiness with reasons");
        attempt("bin/outrigger status", "what the agent knows");
        attempt("bin/outrigger certs --rotate", "a new certificate, without a lost request");
        attempt("edit " + path, "a push; this terminal tells what changed");
    }

    private static String http(InetSocketAddress address) {
        return "http://" + LocalHttp.authority(address);
    }

    private void where(String what, String address) {
        text.append(String.format("  %-28s %s%n", what, address));
    }

    private void attempt(String command, String what) {
        text.append(String.format("  %-72s # %s%n", command, what));
    }
}
