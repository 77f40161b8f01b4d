package dev.outrigger.agent.runtime;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/// Looks whether an address that another process is to bind is free, since that process would tell it late and in
/// words of its own.
public final class FreeAddresses {
    private FreeAddresses() {}

    /// @param what is to listen there, for the message
    /// @param address an IP address and a port
    /// @param remedy what to change when it is taken
    /// @throws IOException when it is taken, or not an address of this machine
    public static void require(String what, InetSocketAddress address, String remedy) throws IOException {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            throw new IOException(
                    what + " " + LocalHttp.text(address) + " cannot be bound (" + e.getMessage()
                            + "); stop what listens there (ss -ltnp shows it), or " + remedy,
                    e);
        }
    }
}
