package dev.outrigger.sds;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Where the identity comes from.
public sealed interface IdentityConfig {
    /// What holds for every source that is not made up here.
    ///
    /// @param trustDomain the only one that identities may be of, without a scheme; any when empty
    /// @param rotationShare of what is left of a certificate's lifetime when it comes, after which a new one is
    ///     fetched; jittered by a tenth, above 0 and below 1
    record Policy(Optional<String> trustDomain, double rotationShare) {
        /// Any trust domain, and half of the lifetime.
        public static final Policy DEFAULT = new Policy(Optional.empty(), 0.5);

        /// @throws IllegalArgumentException when the share is out of range
        public Policy {
            if (!(rotationShare >= 0.05 && rotationShare <= 0.9)) {
                throw new IllegalArgumentException(
                        "identity-rotation-share: " + rotationShare + " is not between 0.05 and 0.9");
            }
        }
    }

    /// A SPIFFE Workload API, for example SPIRE's agent.
    ///
    /// @param socket its Unix socket; may appear later, is never created or deleted by us
    /// @param hint which SVID to take of several; the first when empty
    /// @param dropWhenDenied whether the identity is given up when the API says that the workload has none any
    ///     more; otherwise it is kept until it expires
    record WorkloadApi(Path socket, Optional<String> hint, boolean dropWhenDenied, Policy policy)
            implements IdentityConfig {
        /// The first SVID, kept until it expires.
        public WorkloadApi(Path socket) {
            this(socket, Optional.empty(), false, Policy.DEFAULT);
        }
    }

    /// A certificate authority that signs requests (`istio.v1.auth.IstioCertificateService`), for example istiod.
    ///
    /// @param address its host and port; a name is resolved anew for each request
    /// @param security of the connection
    /// @param tokenFile holds a bearer token, read again for each request
    /// @param headers further request headers
    /// @param certSigner asked for in the request's metadata, when not empty
    /// @param spiffeId put into the request; the authority decides whom it issues for, within its trust domain
    /// @param key made for each request
    /// @param lifetime asked for; the authority may give another one
    /// @param timeout of one request, connecting included
    /// @param bundleFile roots to trust instead of those at the end of the answer; followed when it changes
    record Ca(
            InetSocketAddress address,
            CaSecurity security,
            Optional<Path> tokenFile,
            Map<String, String> headers,
            Optional<String> certSigner,
            String spiffeId,
            KeyType key,
            Duration lifetime,
            Duration timeout,
            Optional<Path> bundleFile,
            Policy policy)
            implements IdentityConfig {
        /// Copies the map.
        public Ca {
            headers = Map.copyOf(headers);
        }

        /// Without the headers, which may hold secrets.
        @Override
        public String toString() {
            return "Ca[" + address + ", " + spiffeId + "]";
        }
    }

    /// How the connection to a certificate authority is protected.
    sealed interface CaSecurity {
        /// No TLS; a token travels in clear.
        record Plaintext() implements CaSecurity {}

        /// TLS 1.2 or newer.
        ///
        /// @param roots PEM file with who may vouch for the server, read again for each request; the Java
        ///     runtime's own when empty
        /// @param serverName DNS name the server's certificate must hold; the host when empty
        record Tls(Optional<Path> roots, Optional<String> serverName) implements CaSecurity {}
    }

    /// Files that somebody else keeps fresh. They are taken together, and only when they fit together.
    ///
    /// @param certificate PEM, the leaf and its intermediates
    /// @param key PEM; PKCS#8, PKCS#1 or SEC 1, without a passphrase
    /// @param bundle PEM, the roots of the own trust domain
    record Files(Path certificate, Path key, Path bundle, Policy policy) implements IdentityConfig {}

    /// A certificate authority inside this process, for development only.
    ///
    /// @param spiffeId whom to issue for
    /// @param lifetime of one SVID, at least two seconds
    /// @param dir keeps the root across restarts and may be shared by several agents; without it the root lives
    ///     and dies with the process
    /// @param rotationShare as in {@link Policy}
    record DevCa(String spiffeId, Duration lifetime, Optional<Path> dir, double rotationShare)
            implements IdentityConfig {
        /// Renewed at half of the lifetime.
        public DevCa(String spiffeId, Duration lifetime, Optional<Path> dir) {
            this(spiffeId, lifetime, dir, Policy.DEFAULT.rotationShare());
        }
    }

    /// No identity; nothing is ever published.
    record None() implements IdentityConfig {}
}
