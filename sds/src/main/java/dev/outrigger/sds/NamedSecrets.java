package dev.outrigger.sds;

/// Secrets that do not come with the identity: each is provided while somebody wants its name.
interface NamedSecrets {
    /// Whether a name is one of these, by its form alone.
    boolean has(String name);

    /// Begins to provide one; never blocks.
    ///
    /// @param name one that {@link #has}
    /// @param listener called on any thread, but not within this call; calls do not overlap
    /// @return ends it; a call that has begun may still be running then
    Subscription provide(String name, Listener listener);

    /// Hears of one secret.
    interface Listener {
        /// This is its content from now on.
        void found(SecretResource secret);

        /// There is none, or no newer one; what was found before stays. May be said again and again.
        ///
        /// @param reason for humans; holds no secret
        void failed(String reason);
    }

    /// Ends what {@link #provide} began.
    interface Subscription {
        void close();
    }
}
