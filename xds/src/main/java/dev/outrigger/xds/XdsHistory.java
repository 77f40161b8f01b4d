package dev.outrigger.xds;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/// What went over the relay, and what its clients hold now. Immutable; names only, never contents.
///
/// @param pushes the last ones, oldest first
/// @param forgotten how many older ones are no longer kept
/// @param streams open streams of clients, oldest first
public record XdsHistory(List<XdsPush> pushes, long forgotten, List<Stream> streams) {
    /// Copies the lists.
    public XdsHistory {
        pushes = List.copyOf(pushes);
        streams = List.copyOf(streams);
    }

    /// One client's stream.
    ///
    /// @param id counts from 1
    /// @param protocol `sotw` or `delta`
    /// @param node the client's node id; empty until it sent one
    /// @param types in order of name
    public record Stream(long id, String protocol, String node, List<Type> types) {
        /// Copies the list.
        public Stream {
            types = List.copyOf(types);
        }
    }

    /// One type on one stream.
    ///
    /// @param wildcard whether everything of the type is asked for
    /// @param asked names asked for
    /// @param held what the client has accepted, as far as names are known
    public record Type(String typeUrl, boolean wildcard, Set<String> asked, List<Resource> held) {
        /// Copies the collections.
        public Type {
            asked = Set.copyOf(asked);
            held = List.copyOf(held);
        }
    }

    /// One resource that a client has accepted.
    ///
    /// @param version its own in the delta protocol, else that of the push that changed it last
    /// @param bytes its size; 0 when the client brought it along
    /// @param since when this version came
    /// @param changedBy number of the push that brought this version; 0 when the client brought it along
    /// @param carriedBy number of the last accepted push that had it
    public record Resource(String name, String version, int bytes, Instant since, long changedBy, long carriedBy) {}
}
