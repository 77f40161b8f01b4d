package dev.outrigger.agent.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/// What netty, micrometer, dnsjava and java-spiffe get from slf4j: loggers that write to {@link Log}.
public final class LibraryLoggers implements SLF4JServiceProvider, ILoggerFactory {
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter context = new NOPMDCAdapter();
    private final Map<String, Logger> loggers = new ConcurrentHashMap<>();

    /// For slf4j.
    public LibraryLoggers() {}

    /// Has slf4j take this one without looking through the class path for others.
    static void install() {
        System.setProperty("slf4j.provider", LibraryLoggers.class.getName());
        System.setProperty("slf4j.internal.verbosity", "WARN"); // it would tell that it was told
    }

    @Override
    public void initialize() {}

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return this;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    @Override
    public Logger getLogger(String name) {
        return loggers.computeIfAbsent(name, LibraryLogger::new);
    }
}
