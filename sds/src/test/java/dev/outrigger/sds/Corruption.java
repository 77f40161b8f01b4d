package dev.outrigger.sds;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// What can happen to bytes on their way.
final class Corruption {
    private Corruption() {}

    static byte[] of(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return bytes;
        }
        var copy = bytes.clone();
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(copy, random.nextInt(copy.length));
            case 1 -> Arrays.copyOfRange(copy, random.nextInt(copy.length), copy.length);
            case 2 -> {
                var at = random.nextInt(copy.length);
                var garbage = new byte[Math.min(random.nextInt(64), copy.length - at)];
                random.nextBytes(garbage);
                System.arraycopy(garbage, 0, copy, at, garbage.length);
                yield copy;
            }
            case 3 -> {
                var twice = Arrays.copyOf(copy, copy.length * 2);
                System.arraycopy(copy, 0, twice, copy.length, copy.length);
                yield twice;
            }
            default -> {
                for (var i = 0; i <= random.nextInt(3); i++) {
                    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
                }
                yield copy;
            }
        };
    }

    static List<String> of(List<String> parts, Random random) {
        var bent = new ArrayList<>(parts);
        switch (random.nextInt(5)) {
            case 0 -> bent.remove(random.nextInt(bent.size()));
            case 1 -> bent.add(random.nextInt(bent.size()), bent.get(random.nextInt(bent.size())));
            case 2 -> java.util.Collections.shuffle(bent, random);
            default -> {
                var at = random.nextInt(bent.size());
                var bytes = of(bent.get(at).getBytes(StandardCharsets.ISO_8859_1), random);
                bent.set(at, new String(bytes, StandardCharsets.ISO_8859_1));
            }
        }
        return bent;
    }
}
