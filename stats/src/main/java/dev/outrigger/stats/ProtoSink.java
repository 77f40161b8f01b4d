package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// Makes messages of Envoy's text, for an Envoy that has no protobuf and for labels that are cut: holds one
/// family. One thread.
final class ProtoSink extends OutputStream {
    private final ProtoFamilies families;
    private final Budget.Lease lease;
    private final OutputStream out;
    private Body family;

    ProtoSink(ProtoFamilies families, Budget.Lease lease, OutputStream out) {
        this.families = families;
        this.lease = lease;
        this.out = out;
        this.family = new Body(lease);
    }

    @Override
    public void write(int b) throws IOException {
        family.write(b);
    }

    /// A head comes in one piece.
    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        if (length > 0 && from[offset] == '#') {
            flush();
        }
        family.write(from, offset, length);
    }

    /// Writes what is held.
    @Override
    public void flush() throws IOException {
        if (family.size() > 0) {
            for (var text : TextParser.parse(Source.ENVOY, family)) {
                families.write(ProtoText.of(text, lease), out);
            }
            lease.give(family.bytes().length);
            family = new Body(lease);
        }
    }
}
