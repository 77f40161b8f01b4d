package dev.outrigger.testkit;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// Methods of grpc-java whose messages stay as they are on the wire.
public final class RawMethod {
    private RawMethod() {}

    /// @param fullName `package.Service/Method`
    public static MethodDescriptor<byte[], byte[]> bidirectional(String fullName) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(new Raw(), new Raw())
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(fullName)
                .build();
    }

    private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException("reading a message that is in memory", e);
            }
        }
    }
}
