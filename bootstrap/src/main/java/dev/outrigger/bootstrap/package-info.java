/// Computes the Envoy bootstrap and the gRPC bootstrap from values, and writes files atomically.
@NullMarked
package dev.outrigger.bootstrap;

import org.jspecify.annotations.NullMarked;
