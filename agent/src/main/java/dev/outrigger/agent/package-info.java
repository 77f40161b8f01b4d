@NullMarked
package dev.outrigger.agent;

import org.jspecify.annotations.NullMarked;
