package dev.outrigger.xds;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One push to one client, or to a {@link ResourceHandler}, and what became of it. Names only, never contents.
///
/// What was added and changed is told by comparing with what the client had accepted when the push came.
///
/// @param number counts all pushes of the relay from 1
/// @param at when it came
/// @param stream of the client
/// @param typeUrl of the resources
/// @param version of the push; may be empty in the delta protocol
/// @param bytes size of the whole message
/// @param resources how many it carries
/// @param added names the client did not have
/// @param changed names whose version or bytes are others than before
/// @param removed names that are gone, or that the control plane does not have
/// @param answer of the client
/// @param reason of the client for a NACK; empty otherwise
/// @param took from the push to its answer; empty without one
public record XdsPush(
        long number,
        Instant at,
        long stream,
        String typeUrl,
        String version,
        int bytes,
        int resources,
        Names added,
        Names changed,
        Names removed,
        Answer answer,
        String reason,
        Optional<Duration> took) {

    /// What a client says to a push.
    public enum Answer {
        /// Nothing yet.
        WAITING,
        /// It took it.
        ACK,
        /// It refused it and keeps what it had.
        NACK,
        /// It answered a later push instead.
        SKIPPED,
        /// Its stream ended first.
        CLOSED
    }

    /// Some names, and how many are left out.
    ///
    /// @param names the first of them, in the order of the push; long ones are cut
    /// @param more how many are not in the list
    public record Names(List<String> names, int more) {
        /// No names.
        static final Names NONE = new Names(List.of(), 0);

        /// Copies the list.
        public Names {
            names = List.copyOf(names);
        }

        /// How many there are.
        public int count() {
            return names.size() + more;
        }
    }

    /// Whether the name is among those that this push lists as added, changed or removed.
    public boolean touches(String name) {
        return added.names().contains(name)
                || changed.names().contains(name)
                || removed.names().contains(name);
    }
}
