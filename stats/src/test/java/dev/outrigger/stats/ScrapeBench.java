package dev.outrigger.stats;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// `bench/stats`: the merged scrape beside Envoy's own page. Figures are in docs/performance.md.
final class ScrapeBench implements AutoCloseable {
    private static final int SERIES = 10_000;
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final double TICK_MS = 10;
    private static final String TEXT = "text/plain;version=0.0.4";
    private static final String OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
    private static final String PROTOBUF =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    private static final List<Arm> ARMS = List.of(
            new Arm("text", TEXT, "identity"),
            new Arm("text gzip", TEXT, "gzip"),
            new Arm("text zstd", TEXT, "zstd"),
            new Arm("OpenMetrics", OPEN_METRICS, "identity"),
            new Arm("OpenMetrics gzip", OPEN_METRICS, "gzip"),
            new Arm("protobuf", PROTOBUF, "identity"));

    private final Path folder = Files.createTempDirectory("scrape-bench");
    private final int admin = freePort();
    private final int status = freePort();
    private final MetricsServer application = application();
    private final String name;
    private final Process agent;

    private record Arm(String name, String accept, String encoding) {}

    private ScrapeBench(Path launcher, Path envoy, int clusters, List<String> arguments) throws IOException {
        name = launcher.toString();
        var bootstrap = folder.resolve("clusters.json");
        Files.writeString(bootstrap, bootstrap(clusters));
        var wrapper = folder.resolve("envoy");
        Files.writeString(
                wrapper,
                "#!/bin/sh\nexec " + envoy + " -c " + bootstrap + " --concurrency 1 --use-dynamic-base-id -l error\n");
        Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwxr-xr-x"));
        var command = new ArrayList<>(List.of(
                launcher.toString(),
                "run",
                "--no-dns",
                "--node-id=bench",
                "--control-plane=127.0.0.1:" + freePort(),
                "--control-plane-backoff-cap=30s",
                "--envoy-path=" + wrapper,
                "--admin-address=127.0.0.1:" + admin,
                "--readiness-address=127.0.0.1:" + freePort(),
                "--stats-address=127.0.0.1:" + freePort(),
                "--application-metrics=" + application.uri(),
                "--scrape-timeout=20s",
                "--work-dir=" + folder.resolve("work"),
                "--status-address=127.0.0.1:" + status));
        command.addAll(arguments);
        agent = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    /// `LAUNCHER,LAUNCHER,… ENVOY SCRAPES CLUSTERS ARGUMENT…`; the agents are asked by turns.
    public static void main(String[] arguments) throws Exception {
        var scrapes = Integer.parseInt(arguments[2]);
        for (var clusters : arguments[3].split(",", -1)) {
            var further = List.of(arguments).subList(4, arguments.length);
            var benches = new ArrayList<ScrapeBench>();
            try {
                for (var launcher : arguments[0].split(",", -1)) {
                    benches.add(new ScrapeBench(
                            Path.of(launcher), Path.of(arguments[1]), Integer.parseInt(clusters), further));
                    benches.getLast().await();
                }
                compare(benches, clusters, scrapes);
            } finally {
                for (var bench : benches) {
                    bench.close();
                }
            }
        }
    }

    private static void compare(List<ScrapeBench> benches, String clusters, int scrapes) throws IOException {
        for (var bench : benches) {
            System.out.printf(
                    Locale.ROOT, "%s clusters, %s at rest: RSS %d MB%n", clusters, bench.name, bench.rss("VmRSS"));
        }
        for (var arm : ARMS) {
            for (var bench : benches) {
                bench.measure(arm, scrapes);
            }
        }
        for (var bench : benches) {
            System.out.printf(Locale.ROOT, "  %s at the end: RSS %d MB%n", bench.name, bench.rss("VmRSS"));
        }
    }

    private void measure(Arm arm, int scrapes) throws IOException {
        var direct = new double[scrapes];
        var merged = new double[scrapes];
        long size = 0;
        double cpu = 0;
        try (var envoy = new Scraper(admin, arm);
                var whole = new Scraper(status, arm)) {
            var encoding = whole.encoding();
            var type = whole.type;
            // One by one rather than in turns of many, as the machine's other work comes and goes; the agent rests
            // meanwhile.
            for (int warm = 0; warm < 5; warm++) {
                envoy.scrape();
                whole.scrape();
            }
            Files.writeString(Path.of("/proc/" + agent.pid() + "/clear_refs"), "5");
            double before = cpu();
            for (int i = 0; i < scrapes; i++) {
                direct[i] = envoy.time();
                merged[i] = whole.time();
            }
            cpu = (cpu() - before) / scrapes;
            size = whole.size;
            Arrays.sort(direct);
            Arrays.sort(merged);
            System.out.printf(
                    Locale.ROOT,
                    "  %-17s %6.2f MB (Envoy's %6.2f)  p50 %6.1f ms, Envoy alone %6.1f: %.2f x  CPU %5.1f ms  peak RSS %d MB  %s %s  %s%n",
                    arm.name(),
                    size / 1e6,
                    envoy.size / 1e6,
                    merged[scrapes / 2],
                    direct[scrapes / 2],
                    merged[scrapes / 2] / direct[scrapes / 2],
                    cpu,
                    rss("VmHWM"),
                    type,
                    encoding,
                    name);
        }
    }

    private void await() throws IOException {
        long limit = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try (var scraper = new Scraper(status, ARMS.getFirst())) {
                if (scraper.size > 0 && scraper.sawEnvoy) {
                    return;
                }
            } catch (IOException e) {
                if (!agent.isAlive() || System.nanoTime() > limit) {
                    throw new IOException("the agent does not answer:\n" + Files.readString(folder.resolve("log")), e);
                }
            }
            Thread.onSpinWait();
        }
    }

    /// One connection on which one scrape follows another; the first one is made at once.
    private static final class Scraper implements AutoCloseable {
        private final Socket socket = new Socket();
        private final InputStream in;
        private final byte[] request;
        private final byte[] buffer = new byte[64 << 10];
        private int position;
        private int limit;
        private String encoding = "identity";
        private String type = "";
        private boolean sawEnvoy;
        long size;

        Scraper(int port, Arm arm) throws IOException {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout((int) (PATIENCE_NANOS / 1_000_000));
            in = socket.getInputStream();
            request = ("GET /stats/prometheus HTTP/1.1\r\nHost: bench\r\nAccept: " + arm.accept()
                            + "\r\nAccept-Encoding: " + arm.encoding()
                            + "\r\nX-Prometheus-Scrape-Timeout-Seconds: 30\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            scrape();
        }

        String encoding() {
            return encoding;
        }

        double time() throws IOException {
            long start = System.nanoTime();
            scrape();
            return (System.nanoTime() - start) / 1e6;
        }

        void scrape() throws IOException {
            socket.getOutputStream().write(request);
            long length = -1;
            encoding = "identity";
            for (var line = line(); !line.isEmpty(); line = line()) {
                var lower = line.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Long.parseLong(lower.substring(15).strip());
                } else if (lower.startsWith("content-encoding:")) {
                    encoding = lower.substring(17).strip();
                } else if (lower.startsWith("content-type:")) {
                    type = line.substring(13).strip();
                }
            }
            size = 0;
            if (length >= 0) {
                skip(length);
                return;
            }
            for (long chunk = chunk(); chunk > 0; chunk = chunk()) {
                skip(chunk);
                line();
            }
            line();
        }

        private long chunk() throws IOException {
            return Long.parseLong(line(), 16);
        }

        private void skip(long count) throws IOException {
            size += count;
            sawEnvoy |= size > 100_000 + 100L * SERIES;
            while (count > 0) {
                if (position == limit) {
                    fill();
                }
                long part = Math.min(count, limit - position);
                position += (int) part;
                count -= part;
            }
        }

        private String line() throws IOException {
            var text = new StringBuilder();
            while (true) {
                if (position == limit) {
                    fill();
                }
                char next = (char) buffer[position++];
                if (next == '\n') {
                    return text.toString().strip();
                }
                text.append(next);
            }
        }

        private void fill() throws IOException {
            position = 0;
            limit = in.read(buffer);
            if (limit < 0) {
                throw new IOException("closed");
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static MetricsServer application() {
        var text = new StringBuilder("# HELP shop_orders_total Orders\n# TYPE shop_orders_total counter\n");
        for (int i = 0; i < SERIES; i++) {
            text.append("shop_orders_total{customer=\"customer-")
                    .append(i)
                    .append("\",method=\"POST\",status=\"200\"} ")
                    .append(i)
                    .append('\n');
        }
        return MetricsServer.text(text.toString());
    }

    private String bootstrap(int clusters) {
        var text = new StringBuilder(
                "{\"node\":{\"id\":\"bench\",\"cluster\":\"bench\"},\"admin\":{\"address\":{\"socket_address\":"
                        + "{\"address\":\"127.0.0.1\",\"port_value\":" + admin
                        + "}}},\"static_resources\":{\"clusters\":[");
        for (int i = 0; i < clusters; i++) {
            text.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"outbound_8080_service-")
                    .append(i)
                    .append(
                            "\",\"type\":\"STATIC\",\"load_assignment\":{\"cluster_name\":\"x\",\"endpoints\":[{\"lb_endpoints\":[{"
                                    + "\"endpoint\":{\"address\":{\"socket_address\":{\"address\":\"127.0.0.1\",\"port_value\":9}}}}]}]}}");
        }
        return text.append("]}}").toString();
    }

    private static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private double cpu() throws IOException {
        var stat = Files.readString(Path.of("/proc/" + agent.pid() + "/stat"));
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MS;
    }

    private long rss(String which) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + agent.pid() + "/status")).stream()
                .filter(line -> line.startsWith(which + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() throws IOException {
        agent.destroy();
        try {
            agent.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        application.close();
    }
}
