package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/// Headers to bytes and back (HPACK, RFC 7541), over as many frames as they need. Owned by the connection's loop.
final class HeaderBlocks {
    /// What we tell the peer that we take; the `grpc-message` of a long error must fit.
    static final int MOST = 65_536;

    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, MOST);
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final ByteBuf block = Unpooled.buffer(0, 2 * MOST);
    private int stream;
    private boolean endOfStream;
    private boolean open;

    /// A complete set of headers.
    record Block(int stream, Http2Headers headers, boolean endOfStream) {}

    /// Takes a HEADERS or a CONTINUATION frame.
    ///
    /// @return null when more frames are to come
    @Nullable
    Block add(int type, int flags, int from, ByteBuf payload) throws H2Exception {
        if (open == (type == Frame.HEADERS) || (open && from != stream)) {
            throw new H2Exception(H2Exception.PROTOCOL_ERROR, "frames of headers are out of order");
        }
        if (type == Frame.HEADERS) {
            stream = from;
            endOfStream = (flags & Frame.END_STREAM) != 0;
            strip(flags, payload);
        }
        if (block.readableBytes() + payload.readableBytes() > MOST) {
            throw new H2Exception(H2Exception.ENHANCE_YOUR_CALM, "headers of more than " + MOST + " bytes");
        }
        block.writeBytes(payload);
        open = (flags & Frame.END_HEADERS) == 0;
        return open ? null : decoded();
    }

    /// Whether nothing but a CONTINUATION may come.
    boolean isOpen() {
        return open;
    }

    /// The peer's limit for the table that we encode with.
    void tableSize(long size) throws H2Exception {
        try {
            encoder.configuration().maxHeaderTableSize(size);
        } catch (Http2Exception e) {
            throw new H2Exception(H2Exception.PROTOCOL_ERROR, String.valueOf(e.getMessage()));
        }
    }

    /// The frames that carry these headers.
    ByteBuf encode(ByteBufAllocator allocator, int to, Http2Headers headers, boolean endOfStream, int maxFrame)
            throws H2Exception {
        var bytes = allocator.directBuffer(256);
        bytes.writeZero(Frame.HEAD);
        try {
            encoder.encodeHeaders(to, headers, bytes);
        } catch (Http2Exception e) {
            bytes.release();
            throw new H2Exception(H2Exception.INTERNAL_ERROR, String.valueOf(e.getMessage()));
        }
        int length = bytes.readableBytes() - Frame.HEAD;
        int flags = endOfStream ? Frame.END_STREAM : 0;
        if (length <= maxFrame) {
            Frame.head(bytes, 0, length, Frame.HEADERS, flags | Frame.END_HEADERS, to);
            return bytes;
        }
        var frames = allocator.directBuffer(length + Frame.HEAD * (2 + length / maxFrame));
        bytes.skipBytes(Frame.HEAD);
        for (int type = Frame.HEADERS; bytes.isReadable(); type = Frame.CONTINUATION) {
            int count = Math.min(maxFrame, bytes.readableBytes());
            int end = count == bytes.readableBytes() ? Frame.END_HEADERS : 0;
            Frame.head(frames, count, type, end | (type == Frame.HEADERS ? flags : 0), to);
            frames.writeBytes(bytes, count);
        }
        bytes.release();
        return frames;
    }

    /// Takes padding and priority away.
    private static void strip(int flags, ByteBuf payload) throws H2Exception {
        int padding = 0;
        if ((flags & Frame.PADDED) != 0 && payload.isReadable()) {
            padding = payload.readUnsignedByte();
        }
        int priority = (flags & Frame.PRIORITY) == 0 ? 0 : 5;
        if (payload.readableBytes() < padding + priority) {
            throw new H2Exception(H2Exception.PROTOCOL_ERROR, "headers are shorter than their padding");
        }
        payload.skipBytes(priority).writerIndex(payload.writerIndex() - padding);
    }

    private Block decoded() throws H2Exception {
        try {
            return new Block(stream, decoder.decodeHeaders(stream, block), endOfStream);
        } catch (Http2Exception e) {
            throw new H2Exception(H2Exception.COMPRESSION_ERROR, "headers cannot be read: " + e.getMessage());
        } finally {
            block.clear();
        }
    }
}
