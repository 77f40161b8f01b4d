/// One line a record on standard error, as text or JSON, for the agent and for Envoy alike.
@NullMarked
package dev.outrigger.agent.log;

import org.jspecify.annotations.NullMarked;
