@NullMarked
package dev.outrigger.dns;

import org.jspecify.annotations.NullMarked;
