@NullMarked
package dev.outrigger.dev;

import org.jspecify.annotations.NullMarked;
