package dev.outrigger.dev;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One client, in either protocol. All state is owned by the context of the control plane.
///
/// @param <Q> request
/// @param <A> response
abstract class DiscoveryStream<Q, A> implements StreamObserver<Q> {
    private final ControlPlane controlPlane;
    private final ServerCallStreamObserver<A> answers;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private final Set<String> renewed = new HashSet<>();
    private @Nullable String node;
    private long nonces;
    private boolean closed;

    DiscoveryStream(ControlPlane controlPlane, ServerCallStreamObserver<A> answers) {
        this.controlPlane = controlPlane;
        this.answers = answers;
        answers.setOnReadyHandler(() -> controlPlane.context().execute(this::update));
        answers.setOnCancelHandler(() -> controlPlane.context().execute(this::end));
    }

    /// What both protocols say in a request.
    ///
    /// @param node id; empty in all but the first request
    /// @param error null when nothing was refused
    record Envelope(
            String node,
            String typeUrl,
            String nonce,
            @Nullable String error) {}

    abstract Envelope envelope(Q request);

    /// @param again whether the request answers a push that was answered before
    abstract void take(Q request, Subscription subscription, boolean again);

    abstract A response(String typeUrl, String nonce, Snapshot.Collection collection, Subscription.Update update);

    /// Names of endpoints that the client waits for after an update although it has them, and does not ask for.
    List<String> awaited(String typeUrl, Snapshot.Collection collection, Subscription.Update update) {
        return List.of();
    }

    @Override
    public final void onNext(Q request) {
        controlPlane.context().execute(() -> onRequest(request));
    }

    @Override
    public final void onError(Throwable error) {
        controlPlane.context().execute(this::end);
    }

    @Override
    public final void onCompleted() {
        controlPlane.context().execute(() -> {
            if (!closed) {
                end();
                answers.onCompleted();
            }
        });
    }

    /// Sends what the client lacks, as far as it takes it; the rest follows when it is ready again.
    final void update() {
        var order = new ArrayList<String>();
        Arrays.stream(ResourceType.values()).map(ResourceType::typeUrl).forEach(order::add);
        subscriptions.keySet().stream().filter(url -> !order.contains(url)).forEach(order::add);
        order.forEach(this::update);
    }

    private void onRequest(Q request) {
        if (closed) {
            return;
        }
        var envelope = envelope(request);
        if (envelope.typeUrl().isEmpty()) {
            end();
            answers.onError(Status.INVALID_ARGUMENT
                    .withDescription("a discovery request without type_url")
                    .asRuntimeException());
            return;
        }
        if (node == null) {
            var id = envelope.node().isEmpty() ? "(no node id)" : envelope.node();
            node = id;
            controlPlane.tell(listener -> listener.streamOpened(id));
        }
        var subscription = subscriptions.computeIfAbsent(envelope.typeUrl(), Subscription::new);
        boolean answered = answer(envelope, subscription);
        take(request, subscription, !answered && !envelope.nonce().isEmpty());
        update(envelope.typeUrl());
    }

    /// Whether it answers a push that waited for an answer.
    private boolean answer(Envelope envelope, Subscription subscription) {
        var sent = envelope.nonce().isEmpty() ? null : subscription.answered(envelope.nonce());
        if (sent == null) {
            return false;
        }
        var url = envelope.typeUrl();
        var error = envelope.error();
        if (error == null) {
            var took =
                    java.time.Duration.between(sent.at(), controlPlane.clock().instant());
            controlPlane.tell(listener -> listener.acked(node(), url, sent.version(), took));
        } else {
            controlPlane.tell(listener -> listener.nacked(node(), url, sent.version(), error));
        }
        return true;
    }

    private void update(String typeUrl) {
        var subscription = subscriptions.get(typeUrl);
        if (closed || subscription == null || !answers.isReady()) {
            return;
        }
        var collection = controlPlane.snapshot().of(typeUrl);
        if (typeUrl.equals(ResourceType.ENDPOINTS.typeUrl())) {
            subscription.resend(renewed);
            renewed.clear();
        }
        var update = subscription.next(collection);
        if (update == null) {
            return;
        }
        var nonce = Long.toString(++nonces);
        var version = Long.toString(collection.version());
        subscription.sent(
                nonce, new Subscription.Sent(version, controlPlane.clock().instant()));
        answers.onNext(response(typeUrl, nonce, collection, update));
        renewed.addAll(awaited(typeUrl, collection, update));
        var changes = new ControlPlane.Changes(update.added(), update.changed(), update.removed());
        controlPlane.tell(listener -> listener.pushed(node(), typeUrl, version, changes));
    }

    private void end() {
        if (closed) {
            return;
        }
        closed = true;
        controlPlane.remove(this);
        if (node != null) {
            controlPlane.tell(listener -> listener.streamClosed(node()));
        }
    }

    private String node() {
        return node == null ? "" : node;
    }
}
