@NullMarked
package dev.outrigger.testkit;

import org.jspecify.annotations.NullMarked;
