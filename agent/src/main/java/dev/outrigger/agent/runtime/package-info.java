/// Starts every component in order, and stops them in reverse.
@NullMarked
package dev.outrigger.agent.runtime;

import org.jspecify.annotations.NullMarked;
