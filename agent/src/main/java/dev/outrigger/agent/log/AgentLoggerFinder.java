package dev.outrigger.agent.log;

/// Makes {@link System#getLogger} write to {@link Log}; found by the JDK through its service file.
public final class AgentLoggerFinder extends System.LoggerFinder {
    /// For the JDK's service loader.
    public AgentLoggerFinder() {}

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new AgentLogger(name);
    }
}
