package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// Where the sources of one scrape come together and are written. One thread.
interface Joint {
    /// Takes what a source has that is held.
    void add(HeldText text) throws IOException;

    /// Writes Envoy's part while it arrives.
    ///
    /// @param get whose head has been read
    /// @throws SourceException when something of it is missing
    void pass(HttpGet get) throws IOException;

    /// Writes all that Envoy did not have, and the end.
    void writeRest() throws IOException;

    /// The one for a format.
    static Joint of(EnvoyView view, StatsMetrics metrics, Budget.Lease lease, OutputStream out) {
        return view.format().isProtobuf() ? new OfMessages(view, metrics, lease, out) : new OfText(view, metrics, out);
    }

    /// For both text formats.
    final class OfText implements Joint {
        private final Families families;
        private final EnvoyView view;
        private final StatsMetrics metrics;
        private final OutputStream out;

        OfText(EnvoyView view, StatsMetrics metrics, OutputStream out) {
            this.families = new Families(view.format(), metrics);
            this.view = view;
            this.metrics = metrics;
            this.out = out;
        }

        @Override
        public void add(HeldText text) {
            families.add(text.families());
        }

        @Override
        public void pass(HttpGet get) throws IOException {
            new EnvoyStream(get, families, view, metrics, out).copy();
        }

        @Override
        public void writeRest() throws IOException {
            families.writeRest(out);
        }
    }

    /// For protobuf.
    final class OfMessages implements Joint {
        private final ProtoFamilies families;
        private final EnvoyView view;
        private final StatsMetrics metrics;
        private final Budget.Lease lease;
        private final OutputStream out;

        OfMessages(EnvoyView view, StatsMetrics metrics, Budget.Lease lease, OutputStream out) {
            this.families = new ProtoFamilies(metrics, lease);
            this.view = view;
            this.metrics = metrics;
            this.lease = lease;
            this.out = out;
        }

        @Override
        public void add(HeldText text) throws IOException {
            families.add(text.asMessages(lease));
        }

        @Override
        public void pass(HttpGet get) throws IOException {
            if (get.contentType().startsWith("application/vnd.google.protobuf")) {
                new EnvoyProto(get, families, view, metrics, lease, out).copy();
                return;
            }
            var sink = new ProtoSink(families, lease, out);
            try {
                new EnvoyStream(get, new Families(Format.TEXT, metrics), view.ofText(), metrics, sink).copy();
            } finally {
                sink.flush();
            }
        }

        @Override
        public void writeRest() throws IOException {
            families.writeRest(out);
        }
    }
}
