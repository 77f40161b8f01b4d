/// Reads flags, environment and file into one immutable tree; the only place that reads the environment.
@NullMarked
package dev.outrigger.agent.config;

import org.jspecify.annotations.NullMarked;
