/// Turns a workload identity into secrets, and keeps them fresh.
@NullMarked
package dev.outrigger.sds;

import org.jspecify.annotations.NullMarked;
