package io.cattleguard.models;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One observed behaviour of a container.
 *
 * @param workload whose model it belongs to
 * @param entry what it did
 * @param phase when in the container's life
 * @param at when; the time of the event
 * @param instance the pod, or the node for {@link Workload#NODE}: a replica
 * @param start which start of the container it belongs to: the container's id, empty if unknown
 * @param image the image as the source names it, without its digest
 * @param digest the image's digest, {@code sha256:…}
 * @param count the number of equal events that it stands for, at least 1
 */
public record Observation(
    Workload workload,
    Entry entry,
    Phase phase,
    Instant at,
    String instance,
    String start,
    @Nullable String image,
    @Nullable String digest,
    long count) {
  /** The same observation of another entry. */
  Observation of(Entry other) {
    return new Observation(workload, other, phase, at, instance, start, image, digest, count);
  }
}
