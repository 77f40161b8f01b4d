package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeControlPlane;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RawBytesTest {
    @Test
    void aCallOutlivesTheContextThatItWasMadeIn() throws Exception {
        try (var controlPlane = FakeControlPlane.start()) {
            var channel = NettyChannelBuilder.forAddress(controlPlane.address())
                    .usePlaintext()
                    .build();
            var made = new AtomicReference<ClientCall<byte[], byte[]>>();
            var other = Context.current().withCancellation();
            other.run(() -> {
                var call = RawBytes.newCall(channel, Protocol.SOTW);
                call.start(new ClientCall.Listener<>() {}, new Metadata());
                made.set(call);
            });

            other.cancel(null);
            made.get().sendMessage(Messages.sotw(Messages.LDS).build().toByteArray());

            assertThat(controlPlane.await(Messages.LDS).delta()).isFalse();
            channel.shutdownNow();
        }
    }
}
