/// Asks HTTP servers on this machine.
@NullMarked
package dev.outrigger.agent.http;

import org.jspecify.annotations.NullMarked;
