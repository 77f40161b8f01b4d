package dev.outrigger.agent.envoy;

import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// What the supervisor uses of its surroundings.
///
/// @param log takes Envoy's log records
/// @param crashed hears of each crash; must return at once
/// @param oomKills how often the kernel killed something of this control group for want of memory; empty when it
///     does not tell
public record EnvoyHooks(
        BiConsumer<System.Logger.Level, String> log, Consumer<EnvoyCrash> crashed, Supplier<OptionalLong> oomKills) {}
