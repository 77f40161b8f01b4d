package dev.outrigger.agent.notify;

import java.time.Duration;
import java.util.Optional;

/// What a service manager said when it started the agent. Source: sd_notify(3), sd_watchdog_enabled(3).
///
/// @param socket the Unix datagram socket that it listens on: an absolute path, or `@` and a name for one in the
/// abstract namespace
/// @param watchdog how long it waits for a sign of life before it restarts the agent; empty: it does not
public record NotifyConfig(String socket, Optional<Duration> watchdog) {}
