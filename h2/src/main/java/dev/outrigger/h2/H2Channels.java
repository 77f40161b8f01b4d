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

    /// Small messages share a chunk of 64 KiB, which is kept; what is larger has memory of its own, given back when it
    /// has gone.
    static final ByteBufAllocator ALLOCATOR = new PooledByteBufAllocator(true, 0, 1, 8_192, 3, 0, 0, false);

    static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(MOST, 4 * MOST);

    private H2Channels() {}

    static RecvByteBufAllocator reads() {
        return new AdaptiveRecvByteBufAllocator(1_024, 8_192, MOST);
    }
}
