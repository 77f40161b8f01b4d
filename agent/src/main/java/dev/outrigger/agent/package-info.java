/// Wires every module into one daemon: the composition root.
@NullMarked
package dev.outrigger.agent;

import org.jspecify.annotations.NullMarked;
