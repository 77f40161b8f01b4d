/// An embedded control plane and a small application for a laptop, fed from one YAML file.
@NullMarked
package dev.outrigger.dev;

import org.jspecify.annotations.NullMarked;
