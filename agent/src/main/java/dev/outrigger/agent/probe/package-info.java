/// Asks the application whether it is well.
@NullMarked
package dev.outrigger.agent.probe;

import org.jspecify.annotations.NullMarked;
