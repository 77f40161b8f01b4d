/// gRPC over HTTP/2 (RFC 9113), both ends, for messages that are passed on as they are.
@NullMarked
package dev.outrigger.h2;

import org.jspecify.annotations.NullMarked;
