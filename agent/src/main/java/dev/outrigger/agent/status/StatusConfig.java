package dev.outrigger.agent.status;

import java.net.InetSocketAddress;

/// Where probes and scrapes are answered.
///
/// @param address may be open to the network: what changes or tells secrets of the setup answers loopback only
public record StatusConfig(InetSocketAddress address) {}
