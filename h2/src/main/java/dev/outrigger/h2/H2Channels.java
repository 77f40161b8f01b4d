package dev.outrigger.h2;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;

/// What the channels of both sides have in common.
final class H2Channels {
    /// One read: large, so that a large message comes in few pieces.
    private static final int MOST = 262_144;

    /// Small messages use a chunk of 1 MiB; what a large one needs beyond it is given back when it has gone.
    static final ByteBufAllocator ALLOCATOR = new PooledByteBufAllocator(true, 0, 1, 8_192, 7, 0, 0, false);

    static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(MOST, 4 * MOST);

    private H2Channels() {}

    static RecvByteBufAllocator reads() {
        return new AdaptiveRecvByteBufAllocator(1_024, 8_192, MOST);
    }
}
