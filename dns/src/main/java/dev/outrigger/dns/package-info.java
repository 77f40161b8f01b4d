/// Answers names of the mesh from a pushed table and forwards the rest to the nameservers of this machine.
@NullMarked
package dev.outrigger.dns;

import org.jspecify.annotations.NullMarked;
