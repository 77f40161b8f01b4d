/// Tells the service manager that started the agent how it is.
@NullMarked
package dev.outrigger.agent.notify;

import org.jspecify.annotations.NullMarked;
