package dev.outrigger.dns;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// `recvmmsg(2)` and `sendmmsg(2)`, which neither the JDK nor a public call of netty has. Linking them
/// takes tens of milliseconds and some megabytes, so this class is loaded only once there is enough to do,
/// by a thread that may wait.
final class MassTransfer {
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final MethodHandle RECEIVE = link(
            "recvmmsg",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle SEND = link(
            "sendmmsg",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT));

    private MassTransfer() {}

    @SuppressWarnings("restricted") // the launcher allows native access; there is no other way to these calls
    private static MethodHandle link(String name, FunctionDescriptor form) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), form);
    }

    /// Links, and calls each once, so that the first real call need not.
    static void prepare() {
        var _ = receive(-1, 0, 0);
        var _ = send(-1, 0, 0);
    }

    /// Takes what is there.
    ///
    /// @param headers address of as many `struct mmsghdr`
    /// @return messages taken; -1 when there is none
    static int receive(int socket, long headers, int count) {
        try {
            return (int) RECEIVE.invokeExact(socket, headers, count, MSG_DONTWAIT, 0L);
        } catch (Throwable e) {
            throw new IllegalStateException("recvmmsg cannot be called", e);
        }
    }

    /// Sends.
    ///
    /// @return messages sent; -1 when the first one cannot be
    static int send(int socket, long headers, int count) {
        try {
            return (int) SEND.invokeExact(socket, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        } catch (Throwable e) {
            throw new IllegalStateException("sendmmsg cannot be called", e);
        }
    }
}
