package io.cattleguard.local;

import java.time.Instant;

/**
 * An event that was taken in.
 *
 * @param raw the text that arrived
 * @param receivedAt when
 */
record Taken(String raw, Instant receivedAt) {}
