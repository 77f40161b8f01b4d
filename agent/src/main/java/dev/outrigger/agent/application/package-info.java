/// The application under `outrigger run -- COMMAND`.
@NullMarked
package dev.outrigger.agent.application;

import org.jspecify.annotations.NullMarked;
