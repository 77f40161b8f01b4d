package dev.outrigger.h2;

import java.io.FileNotFoundException;

/// Tells what happened to a socket in the system's words alone. Stateless.
public final class SocketErrors {
    private static final String NUMBER = " failed with error(";

    private SocketErrors() {}

    /// The reason, without the name of the call and the number that netty puts before it:
    /// `connect(..) failed with error(-111): Connection refused: /127.0.0.1:1` is `Connection refused:
    /// /127.0.0.1:1`.
    public static String text(Throwable failure) {
        var message = failure.getMessage();
        if (message == null) { // netty's for a Unix socket that is not there
            return failure instanceof FileNotFoundException ? "No such file or directory" : failure.toString();
        }
        int number = message.indexOf(NUMBER);
        int end = number < 0 ? -1 : message.indexOf("): ", number + NUMBER.length());
        return end < 0 ? message : message.substring(end + "): ".length());
    }
}
