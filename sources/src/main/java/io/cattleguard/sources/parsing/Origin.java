package io.cattleguard.sources.parsing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where an event was received from.
 *
 * @param cluster the sensor's cluster, from the envelope and never from the payload; absent for
 *     recorded events
 * @param receivedAt when it was received
 */
public record Origin(@Nullable String cluster, Instant receivedAt) {}
