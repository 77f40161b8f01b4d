@NullMarked
package dev.outrigger.sds;

import org.jspecify.annotations.NullMarked;
