/// Decides that and why the agent ends.
@NullMarked
package dev.outrigger.agent.stop;

import org.jspecify.annotations.NullMarked;
