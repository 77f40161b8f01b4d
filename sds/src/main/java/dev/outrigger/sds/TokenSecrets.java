package dev.outrigger.sds;

/// Serves JWT-SVIDs as generic secrets: `jwt:AUDIENCE` is the bare token, for example for Envoy's credential
/// injector.
final class TokenSecrets implements NamedSecrets {
    static final String PREFIX = "jwt:";

    private final JwtSvids tokens;

    TokenSecrets(JwtSvids tokens) {
        this.tokens = tokens;
    }

    @Override
    public boolean has(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public Subscription provide(String name, Listener listener) {
        var subscription = tokens.follow(
                name.substring(PREFIX.length()),
                token -> listener.found(SecretResource.token(name, token.token(), token.expiresAt())),
                listener::failed);
        return subscription::close;
    }
}
