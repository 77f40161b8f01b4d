/// What went over the xDS relay and what its clients hold, for humans and for programs.
@NullMarked
package dev.outrigger.agent.explain;

import org.jspecify.annotations.NullMarked;
