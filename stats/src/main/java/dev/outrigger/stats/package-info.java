@NullMarked
package dev.outrigger.stats;

import org.jspecify.annotations.NullMarked;
