package dev.outrigger.xds;

/// One resource of a type that the agent consumes itself.
///
/// @param name as the control plane names it; empty where the protocol carries no name
/// @param version of this resource, or of the whole push in the state-of-the-world protocol
/// @param value the serialised message, not copied: do not change it
@SuppressWarnings("ArrayRecordComponent") // a value in transit: never compared, and a copy would double a large table
public record HandledResource(String name, String version, byte[] value) {}
