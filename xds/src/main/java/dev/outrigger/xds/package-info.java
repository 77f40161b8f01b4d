/// Relays discovery streams between Envoy or gRPC clients and the control plane, byte for byte.
@NullMarked
package dev.outrigger.xds;

import org.jspecify.annotations.NullMarked;
