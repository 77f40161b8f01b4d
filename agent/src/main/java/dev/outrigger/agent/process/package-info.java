/// What the agent owes to processes that are not its own.
@NullMarked
package dev.outrigger.agent.process;

import org.jspecify.annotations.NullMarked;
