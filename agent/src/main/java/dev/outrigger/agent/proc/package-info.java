/// What the kernel tells in small files, read as a start can afford.
@NullMarked
package dev.outrigger.agent.proc;

import org.jspecify.annotations.NullMarked;
