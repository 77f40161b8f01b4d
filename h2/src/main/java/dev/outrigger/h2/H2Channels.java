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
    /// So many reads, and what they brought is passed on: the receiver has something to do while more comes.
    private static final int READS = 4;

    /// Small messages share a chunk of 64 KiB, which is kept; what is larger has memory of its own, given back when it
    /// has gone.
    static final ByteBufAllocator ALLOCATOR = new PooledByteBufAllocator(true, 0, 1, 8_192, 3, 0, 0, false);

    /// What the kernel may hold on its way through a Unix socket, so that the receiver of a large message need not be
    /// waited for with each of its reads. Its own measure is 208 KiB; `net.core.wmem_max` bounds ours.
    static final int SEND_BUFFER = 2 << 20;

    static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(MOST, 4 * MOST);

    private H2Channels() {}

    static RecvByteBufAllocator reads() {
        var reads = new AdaptiveRecvByteBufAllocator(1_024, 8_192, MOST);
        reads.maxMessagesPerRead(READS);
        return reads;
    }
}
