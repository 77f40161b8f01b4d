package dev.outrigger.h2;

import org.jspecify.annotations.Nullable;

/// Takes the calls that a server gets.
@FunctionalInterface
public interface CallHandler {
    /// On the server's loop.
    ///
    /// @param path `/package.Service/Method`, to be matched exactly
    /// @return null when there is no such method: the client is told UNIMPLEMENTED
    @Nullable
    CallListener open(Call call, String path);
}
