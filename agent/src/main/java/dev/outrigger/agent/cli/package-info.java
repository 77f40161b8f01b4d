/// The command line.
@NullMarked
package dev.outrigger.agent.cli;

import org.jspecify.annotations.NullMarked;
