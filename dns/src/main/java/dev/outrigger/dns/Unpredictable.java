package dev.outrigger.dns;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Random numbers that cannot be guessed from earlier ones, as IDs of questions must be (RFC 5452), taken from
/// the system a kilobyte at a time: a call of its own for each would cost more than the rest of a question. The
/// source is made at the first use, so that a start pays nothing for it. Not for several threads at once.
public final class Unpredictable implements RandomGenerator {
    private static final int BYTES = 1024;

    private final byte[] bytes = new byte[BYTES];
    private final ByteBuffer left = ByteBuffer.wrap(bytes).limit(0);
    private @Nullable SecureRandom source;

    @Override
    public int nextInt() {
        return atLeast(Integer.BYTES).getInt();
    }

    @Override
    public long nextLong() {
        return atLeast(Long.BYTES).getLong();
    }

    private ByteBuffer atLeast(int wanted) {
        if (left.remaining() < wanted) {
            if (source == null) {
                source = new SecureRandom();
            }
            source.nextBytes(bytes);
            left.clear();
        }
        return left;
    }
}
