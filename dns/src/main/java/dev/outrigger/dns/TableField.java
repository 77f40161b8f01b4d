package dev.outrigger.dns;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.outrigger.proto.nds.NameTable.NameInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.TextParseException;

/// One entry of a pushed name table, read.
///
/// @param entry empty when it has no address or no name that can be read
/// @param aliases other names of it, for which {@link Lookup} cannot work out that they are short forms
/// @param ignored names and addresses that cannot be read
record TableField(Optional<NameEntry> entry, List<NameEntry> aliases, int ignored) {
    private static final int FIELD_TABLE = 1;
    private static final int FIELD_KEY = 1;
    private static final int FIELD_VALUE = 2;
    private static final String KUBERNETES = "Kubernetes";

    TableField {
        aliases = List.copyOf(aliases);
    }

    /// @param field of a `NameTable`, with its tag
    /// @throws IOException when the bytes are no such field
    static TableField read(CodedInputStream field, MeshDomain domain) throws IOException {
        int tag = field.readTag();
        if (tag != (FIELD_TABLE << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
            return new TableField(Optional.empty(), List.of(), 0);
        }
        int limit = field.pushLimit(field.readRawVarint32());
        var host = "";
        var info = NameInfo.getDefaultInstance();
        for (int part = field.readTag(); part != 0; part = field.readTag()) {
            switch (WireFormat.getTagFieldNumber(part)) {
                case FIELD_KEY -> host = field.readStringRequireUtf8();
                case FIELD_VALUE -> info = NameInfo.parseFrom(field.readByteArray());
                default -> field.skipField(part);
            }
        }
        field.popLimit(limit);
        return new Reading(domain).read(host, info);
    }

    /// Collects what comes of one entry.
    private static final class Reading {
        private final MeshDomain domain;
        private final List<NameEntry> aliases = new ArrayList<>();
        private int ignored;

        Reading(MeshDomain domain) {
            this.domain = domain;
        }

        TableField read(String host, NameInfo info) {
            var addresses = addresses(info);
            if (addresses.isEmpty()) {
                return new TableField(Optional.empty(), List.of(), ignored);
            }
            var entry = entry(host, info, addresses);
            info.getAltHostsList().forEach(alias -> alias(alias, addresses));
            return new TableField(entry, aliases, ignored);
        }

        private Optional<NameEntry> entry(String host, NameInfo info, List<InetAddress> addresses) {
            try {
                var labels = NameEntry.labels(host);
                boolean kubernetes = info.getRegistry().equals(KUBERNETES);
                boolean service = kubernetes && isItsOwn(labels, info);
                if (kubernetes && !service) {
                    domain.shortNames(host, info.getShortname(), info.getNamespace())
                            .forEach(form -> alias(form, addresses));
                }
                return Optional.of(NameEntry.of(labels, service, addresses));
            } catch (TextParseException _) {
                ignored++;
                return Optional.empty();
            }
        }

        /// Whether the host is spelled as a service of this name and namespace is in the own domain.
        private boolean isItsOwn(byte[] labels, NameInfo info) throws TextParseException {
            if (info.getShortname().isEmpty()
                    || info.getNamespace().isEmpty()
                    || domain.domain().isEmpty()) {
                return false;
            }
            var usual = info.getShortname() + "." + info.getNamespace() + ".svc." + domain.domain();
            return Arrays.equals(labels, NameEntry.labels(usual));
        }

        private void alias(String name, List<InetAddress> addresses) {
            try {
                aliases.add(NameEntry.of(name, addresses));
            } catch (TextParseException _) {
                ignored++;
            }
        }

        private List<InetAddress> addresses(NameInfo info) {
            var addresses = new ArrayList<InetAddress>();
            for (var literal : info.getIpsList()) {
                try {
                    addresses.add(InetAddress.ofLiteral(literal));
                } catch (IllegalArgumentException _) {
                    ignored++;
                }
            }
            return addresses;
        }
    }
}
