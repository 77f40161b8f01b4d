package dev.outrigger.xds;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// Messages as they are on the wire.
enum RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    /// A call that nothing but its owner ends. Whoever happens to run this may be serving another client's
    /// stream, and a gRPC call is cancelled with the context that it was made in.
    static ClientCall<byte[], byte[]> newCall(Channel channel, Protocol protocol) {
        var before = Context.ROOT.attach();
        try {
            return channel.newCall(method(protocol), CallOptions.DEFAULT);
        } finally {
            Context.ROOT.detach(before);
        }
    }

    static MethodDescriptor<byte[], byte[]> method(Protocol protocol) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(INSTANCE, INSTANCE)
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(Protocol.SERVICE, protocol.method))
                .build();
    }

    @Override
    public InputStream stream(byte[] value) {
        return new Message(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
        try {
            // A known length saves growing and copying a large push several times.
            return stream instanceof KnownLength ? stream.readNBytes(stream.available()) : stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("reading a message that is in memory", e);
        }
    }

    private static final class Message extends ByteArrayInputStream implements KnownLength {
        Message(byte[] value) {
            super(value);
        }
    }
}
