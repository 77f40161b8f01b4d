/// Starts, watches, restarts, drains and stops Envoy.
@NullMarked
package dev.outrigger.agent.envoy;

import org.jspecify.annotations.NullMarked;
