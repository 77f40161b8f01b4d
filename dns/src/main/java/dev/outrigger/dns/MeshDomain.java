package dev.outrigger.dns;

import java.util.List;
import java.util.Locale;

/// Where this workload stands in the mesh; decides which short names it may use.
///
/// @param namespace the workload's own namespace, for example `default`; empty when it has none
/// @param domain the cluster's domain, for example `cluster.local`; empty when there is no mesh domain
public record MeshDomain(String namespace, String domain) {
    /// Lower-cases both and drops dots at the ends of the domain.
    public MeshDomain {
        namespace = namespace.toLowerCase(Locale.ROOT);
        domain = domain.toLowerCase(Locale.ROOT).replaceAll("^\\.+|\\.+$", "");
    }

    /// The search domain a workload here has when its `resolv.conf` names none, or the empty string.
    String searchDomain() {
        return namespace.isEmpty() || domain.isEmpty() ? "" : namespace + ".svc." + domain;
    }

    /// The short forms of a service's name: `a.ns.svc`, `a.ns` and, in the own namespace, `a`.
    /// A service of another cluster domain has none.
    List<String> shortNames(String host, String service, String serviceNamespace) {
        if (service.isEmpty() || serviceNamespace.isEmpty() || !isWithin(host)) {
            return List.of();
        }
        var qualified = service + "." + serviceNamespace;
        return serviceNamespace.equalsIgnoreCase(namespace)
                ? List.of(qualified + ".svc", qualified, service)
                : List.of(qualified + ".svc", qualified);
    }

    /// The short forms of a service that is spelled `a.ns.svc.domain`, the shortest last.
    List<String> shortForms(String host) {
        var suffix = ".svc." + domain;
        var qualified = host.substring(0, host.length() - suffix.length());
        var own = "." + namespace;
        return !namespace.isEmpty() && qualified.endsWith(own) && qualified.length() > own.length()
                ? List.of(qualified + ".svc", qualified, qualified.substring(0, qualified.length() - own.length()))
                : List.of(qualified + ".svc", qualified);
    }

    private boolean isWithin(String host) {
        return !domain.isEmpty() && host.toLowerCase(Locale.ROOT).endsWith("." + domain);
    }
}
