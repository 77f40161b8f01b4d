package dev.outrigger.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// A client's query with an ID of our own, as it goes to a nameserver. Immutable.
final class Question {
    private final byte[] message;
    private final int end;

    private Question(byte[] message, int end) {
        this.message = message;
        this.end = end;
    }

    /// How an incoming message relates to this question.
    enum Match {
        /// It answers it.
        REPLY,
        /// It has its ID and an error, but no question: some servers answer so what they do not understand.
        ERROR,
        FOREIGN
    }

    /// The query in `message`, whose question ends at `end`, with another ID.
    static Question of(ByteBuf message, int end, int id) {
        var bytes = new byte[message.readableBytes()];
        message.getBytes(message.readerIndex(), bytes);
        bytes[0] = (byte) (id >> 8);
        bytes[1] = (byte) id;
        return new Question(bytes, end);
    }

    /// The whole query, as a buffer of its own reader index over bytes that nobody writes.
    ByteBuf message() {
        return Unpooled.wrappedBuffer(message);
    }

    /// What a message from the nameserver is to this question.
    Match match(ByteBuf reply) {
        int base = reply.readerIndex();
        if (reply.readableBytes() < Query.HEADER_BYTES
                || reply.getByte(base) != message[0]
                || reply.getByte(base + 1) != message[1]) {
            return Match.FOREIGN;
        }
        int flags = reply.getUnsignedShort(base + 2);
        int questions = reply.getUnsignedShort(base + 4);
        if ((flags & Query.FLAG_RESPONSE) == 0) {
            return Match.FOREIGN;
        }
        if (questions == 0) {
            return (flags & 0xF) == 0 ? Match.FOREIGN : Match.ERROR;
        }
        return questions == 1 && hasQuestion(reply) ? Match.REPLY : Match.FOREIGN;
    }

    /// Servers may change the case of letters. Lengths of labels are below `A`, so they compare like text.
    private boolean hasQuestion(ByteBuf reply) {
        if (reply.readableBytes() < end) {
            return false;
        }
        for (int i = Query.HEADER_BYTES; i < end; i++) {
            if (lower(reply.getByte(reply.readerIndex() + i)) != lower(message[i])) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter;
    }
}
