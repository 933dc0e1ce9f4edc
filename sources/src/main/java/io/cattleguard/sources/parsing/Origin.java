package io.cattleguard.sources.parsing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who handed an event in.
 *
 * @param cluster the cluster whose sensor sent it, taken from the envelope and never from the
 *     payload; absent for recorded events
 * @param receivedAt when it was handed in
 */
public record Origin(@Nullable String cluster, Instant receivedAt) {}
