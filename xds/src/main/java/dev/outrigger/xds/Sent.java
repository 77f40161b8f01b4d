package dev.outrigger.xds;

import java.util.List;
import java.util.Map;

/// A push on its way to the client, until the client answers.
///
/// @param session counts the upstream streams of one client's stream: which of them brought the push
/// @param versions mutable: a name unsubscribed before the answer is taken out
record Sent(String nonce, String version, int session, Map<String, String> versions, List<String> removed) {}
