/// Fakes that work, for tests only; never shipped.
@NullMarked
package dev.outrigger.testkit;

import org.jspecify.annotations.NullMarked;
