/// What the kernel grants this container.
@NullMarked
package dev.outrigger.agent.cgroup;

import org.jspecify.annotations.NullMarked;
