@NullMarked
package dev.outrigger.xds;

import org.jspecify.annotations.NullMarked;
