/// What is kept of crashes of Envoy.
@NullMarked
package dev.outrigger.agent.crash;

import org.jspecify.annotations.NullMarked;
