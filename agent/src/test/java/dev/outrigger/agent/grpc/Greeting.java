package dev.outrigger.agent.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A service with one method, which takes and gives a text.
final class Greeting {
    private static final int LIMIT_SECONDS = 20;
    private static final MethodDescriptor<String, String> HELLO = MethodDescriptor.<String, String>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName("test.Greeting/Hello")
            .setRequestMarshaller(new Text())
            .setResponseMarshaller(new Text())
            .build();

    private Greeting() {}

    /// @param answer called within the call's context
    static ServerServiceDefinition service(Supplier<String> answer) {
        ServerCallHandler<String, String> handler = ServerCalls.asyncUnaryCall((_, response) -> {
            response.onNext(answer.get());
            response.onCompleted();
        });
        return ServerServiceDefinition.builder("test.Greeting")
                .addMethod(HELLO, handler)
                .build();
    }

    static String ask(Channel channel) {
        var options = CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
        return ClientCalls.blockingUnaryCall(channel, HELLO, options, "hello");
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
