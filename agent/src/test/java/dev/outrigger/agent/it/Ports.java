package dev.outrigger.agent.it;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/// Addresses of loopback that stay free until they are used: below the range from which the kernel picks ports for
/// outgoing connections (32768 and up), and none is given twice.
final class Ports {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final Set<Integer> given = ConcurrentHashMap.newKeySet();

    private Ports() {}

    static InetSocketAddress free() {
        while (true) {
            var port = RandomGenerator.getDefault().nextInt(LOWEST, HIGHEST);
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            if (isFree(address) && given.add(port)) {
                return address;
            }
        }
    }

    private static boolean isFree(InetSocketAddress address) {
        try (var _ = new ServerSocket(address.getPort(), 1, address.getAddress());
                var _ = new DatagramSocket(address)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
