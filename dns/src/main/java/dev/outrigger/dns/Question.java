package dev.outrigger.dns;

import io.netty.buffer.ByteBuf;

/// A client's query with an ID of our own, as it goes to a nameserver.
///
/// @param message the whole query; never written after construction
/// @param end where its question ends
record Question(byte[] message, int end) {
    /// How an incoming message relates to this question.
    enum Match {
        /// It answers it.
        REPLY,
        /// It has its ID and an error, but no question: some servers answer so what they do not understand.
        ERROR,
        FOREIGN
    }

    /// The query in `message` with another ID.
    static Question of(ByteBuf message, int end, int id) {
        var bytes = new byte[message.readableBytes()];
        message.getBytes(message.readerIndex(), bytes);
        bytes[0] = (byte) (id >> 8);
        bytes[1] = (byte) id;
        return new Question(bytes, end);
    }

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
