package dev.outrigger.agent.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// waitpid(2), for which Java has no call: it waits only for children that it made itself.
final class WaitPid {
    private static final int WNOHANG = 1;

    private WaitPid() {}

    /// Takes note of the end of a child.
    ///
    /// @return whether it had ended
    static boolean reap(long pid) {
        try {
            return (int) Holder.WAITPID.invokeExact((int) pid, MemorySegment.NULL, WNOHANG) == (int) pid;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// Links the call when it is needed first.
    private static final class Holder {
        static final MethodHandle WAITPID = link();

        @SuppressWarnings("restricted") // the launcher allows native access; there is no other way to this call
        private static MethodHandle link() {
            var linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("waitpid"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        }
    }
}
