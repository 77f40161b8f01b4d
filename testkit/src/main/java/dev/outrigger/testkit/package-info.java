/// Fakes that work, for tests only.
@NullMarked
package dev.outrigger.testkit;

import org.jspecify.annotations.NullMarked;
