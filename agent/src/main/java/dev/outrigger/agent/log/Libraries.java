package dev.outrigger.agent.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;

/// Takes what libraries send to java.util.logging, warnings and worse. That framework is started by whoever uses
/// it first, which is nobody in most runs: so it is told of this class, and not started to hear of it.
public final class Libraries extends Handler {
    private static final String CONFIG = "handlers=" + Libraries.class.getName() + "\n.level=WARNING\n";

    /// For java.util.logging.
    public Libraries() {}

    /// Has java.util.logging use this class once it starts; too late when it has.
    static void install() {
        System.setProperty("java.util.logging.config.class", Config.class.getName());
    }

    /// What java.util.logging makes when it starts, in place of reading a file.
    public static final class Config {
        /// Configures it.
        public Config() throws IOException {
            LogManager.getLogManager()
                    .readConfiguration(new ByteArrayInputStream(CONFIG.getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    @Override
    public void publish(LogRecord message) {
        if (message.getLevel().intValue() < Level.WARNING.intValue()) {
            return;
        }
        Log.get()
                .writeOf(
                        String.valueOf(message.getLoggerName()),
                        message.getLevel().intValue() >= Level.SEVERE.intValue(),
                        message.getMessage(),
                        message.getThrown());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
