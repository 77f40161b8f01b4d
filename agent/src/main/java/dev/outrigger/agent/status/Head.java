package dev.outrigger.agent.status;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a request says before its body (RFC 9112). Strict where a lenient reading could be taken for another
/// request: no folded lines, no spaces around names, no second Host or Content-Length, no encoded bodies.
///
/// @param path as it came, not decoded
/// @param query as it came; empty when there is none
/// @param headers by name in lower case; the values of a name that came more than once are joined by commas
/// @param keepAlive whether another request may follow
/// @param isOld HTTP/1.0, which knows no chunks
/// @param bodyBytes length of the body, which nobody reads
record Head(
        String method,
        String path,
        String query,
        Map<String, String> headers,
        boolean keepAlive,
        boolean isOld,
        int bodyBytes) {
    private static final int LARGEST_BODY = 8192;
    private static final String NAME = "!#$%&'*+-.^_`|~";

    Head {
        headers = Map.copyOf(headers);
    }

    /// Reads the text up to the empty line, which is left out.
    static Head parse(String text) throws BadRequestException {
        var lines = text.split("\r\n", -1);
        var request = lines[0].split(" ", -1);
        if (request.length != 3 || request[0].isEmpty() || !isName(request[0])) {
            throw new BadRequestException(400, "no request line of HTTP/1.1");
        }
        if (!request[2].equals("HTTP/1.1") && !request[2].equals("HTTP/1.0")) {
            throw new BadRequestException(505, "only HTTP/1.1 is spoken here");
        }
        var headers = new TreeMap<String, String>();
        for (var i = 1; i < lines.length; i++) {
            add(headers, lines[i]);
        }
        var target = target(request[1]);
        var question = target.indexOf('?');
        return new Head(
                request[0],
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                headers,
                keepsAlive(request[2], headers.getOrDefault("connection", "")),
                request[2].equals("HTTP/1.0"),
                bodyBytes(headers));
    }

    private static void add(Map<String, String> headers, String line) throws BadRequestException {
        var colon = line.indexOf(':');
        if (colon <= 0 || !isName(line.substring(0, colon))) {
            throw new BadRequestException(400, "a header that is none");
        }
        var name = line.substring(0, colon).toLowerCase(java.util.Locale.ROOT);
        var value = line.substring(colon + 1).strip();
        if (value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f)) {
            throw new BadRequestException(400, "a header with control characters");
        }
        if (headers.containsKey(name) && (name.equals("host") || name.equals("content-length"))) {
            throw new BadRequestException(400, "two headers " + name);
        }
        headers.merge(name, value, (a, b) -> a + ", " + b);
    }

    private static boolean isName(String text) {
        return text.chars()
                .allMatch(c -> isBetween(c, '0', '9')
                        || isBetween(c, 'A', 'Z')
                        || isBetween(c, 'a', 'z')
                        || NAME.indexOf(c) >= 0);
    }

    private static boolean isBetween(int c, char first, char last) {
        return c >= first && c <= last;
    }

    private static String target(String text) throws BadRequestException {
        if (text.startsWith("http://")) {
            var slash = text.indexOf('/', "http://".length());
            return slash < 0 ? "/" : text.substring(slash);
        }
        if (!text.startsWith("/") || text.chars().anyMatch(c -> c < ' ' || c >= 0x7f)) {
            throw new BadRequestException(400, "no path");
        }
        return text;
    }

    private static boolean keepsAlive(String version, String connection) {
        var tokens =
                java.util.List.of(connection.toLowerCase(java.util.Locale.ROOT).split("\\s*,\\s*", -1));
        return version.equals("HTTP/1.1") ? !tokens.contains("close") : tokens.contains("keep-alive");
    }

    private static int bodyBytes(Map<String, String> headers) throws BadRequestException {
        if (headers.containsKey("transfer-encoding")) {
            throw new BadRequestException(411, "bodies are not read here; send none, or its Content-Length");
        }
        var length = headers.getOrDefault("content-length", "0");
        if (!length.matches("\\d{1,9}")) {
            throw new BadRequestException(400, "no Content-Length");
        }
        if (Integer.parseInt(length) > LARGEST_BODY) {
            throw new BadRequestException(413, "bodies are not read here");
        }
        return Integer.parseInt(length);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean wantsJson() {
        return headers.getOrDefault("accept", "").contains("application/json");
    }

    boolean isRead() {
        return method.equals("GET") || method.equals("HEAD");
    }

    /// The parameters of the query; the last one of a name counts.
    Map<String, String> parameters() {
        var parameters = new HashMap<String, String>();
        for (var parameter : query.split("&", -1)) {
            var equals = parameter.indexOf('=');
            if (equals > 0) {
                parameters.put(decoded(parameter.substring(0, equals)), decoded(parameter.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
