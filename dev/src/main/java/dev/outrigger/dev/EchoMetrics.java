package dev.outrigger.dev;

import java.util.concurrent.atomic.LongAdder;

/// The metrics of the built-in application. Any thread may use it.
final class EchoMetrics {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final int CLASSES = 6;

    /// By the first digit of the status.
    private final LongAdder[] answered = new LongAdder[CLASSES];

    EchoMetrics() {
        for (int i = 0; i < CLASSES; i++) {
            answered[i] = new LongAdder();
        }
    }

    void answered(int status) {
        answered[status / 100].increment();
    }

    String text() {
        var text = new StringBuilder("# HELP hello_requests_total Requests answered by the built-in application.\n")
                .append("# TYPE hello_requests_total counter\n");
        for (int i = 2; i < CLASSES; i++) {
            text.append("hello_requests_total{status=\"")
                    .append(i)
                    .append("xx\"} ")
                    .append(answered[i])
                    .append('\n');
        }
        return text.append("# HELP hello_info What answers.\n# TYPE hello_info gauge\n")
                .append("hello_info{application=\"echo\"} 1\n")
                .toString();
    }
}
