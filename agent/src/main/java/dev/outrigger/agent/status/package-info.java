/// Answers probes, scrapes and the local debug requests over HTTP.
@NullMarked
package dev.outrigger.agent.status;

import org.jspecify.annotations.NullMarked;
