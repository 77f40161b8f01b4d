@NullMarked
package dev.outrigger.bootstrap;

import org.jspecify.annotations.NullMarked;
