package dev.outrigger.bootstrap;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// The bootstrap of a proxyless gRPC client or server (gRFC A27, A29, A36): it discovers through the agent's socket.
///
/// Resources that the control plane takes away are not kept by the client (`ignore_resource_deletion`, gRFC A53): it is
/// for the agent to ride out a control plane that is gone.
///
/// @param xdsSocket where the agent serves discovery; absolute
/// @param node sent with the first request of a stream
/// @param serverListenerTemplate name of the listener a server asks for, where `%s` is its address; empty for clients
/// only
/// @param certificates what the certificate provider `default` reads
public record GrpcBootstrap(
        Path xdsSocket, Node node, String serverListenerTemplate, Optional<CertificateFiles> certificates) {
    private static final String UNESCAPED = "/-._~!$&'()*+,;=:@"; // RFC 3986, path; letters and digits too

    /// Checks the socket.
    ///
    /// @throws IllegalArgumentException when its path is relative or too long
    public GrpcBootstrap {
        Values.requireSocket("the xDS socket", xdsSocket);
    }

    /// The whole bootstrap.
    public Json toJson() {
        var json = Json.object().put("xds_servers", Json.array().add(server())).put("node", node.toJson());
        if (!serverListenerTemplate.isEmpty()) {
            json.put("server_listener_resource_name_template", serverListenerTemplate);
        }
        certificates.ifPresent(
                files -> json.put("certificate_providers", Json.object().put("default", provider(files))));
        return json;
    }

    private Json server() {
        return Json.object()
                .put("server_uri", "unix://" + escape(xdsSocket.toString()))
                .put("channel_creds", Json.array().add(Json.object().put("type", "insecure")))
                .put("server_features", Json.array().add("xds_v3"));
    }

    private static Json provider(CertificateFiles files) {
        return Json.object()
                .put("plugin_name", "file_watcher")
                .put(
                        "config",
                        Json.object()
                                .put("certificate_file", files.certificate().toString())
                                .put("private_key_file", files.key().toString())
                                .put("ca_certificate_file", files.roots().toString())
                                .put("refresh_interval", Values.seconds(files.refresh())));
    }

    /// gRPC decodes the URI, so a space or a percent sign in the path must be encoded.
    private static String escape(String path) {
        var uri = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || UNESCAPED.indexOf(c) >= 0)) {
                uri.append(c);
            } else {
                uri.append('%').append("%02X".formatted((int) c));
            }
        }
        return uri.toString();
    }
}
