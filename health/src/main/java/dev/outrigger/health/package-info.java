/// Says whether this workload should get traffic, and why not.
@NullMarked
package dev.outrigger.health;

import org.jspecify.annotations.NullMarked;
