package io.cattleguard.models;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The sightings of an entry.
 *
 * @param count the number of events
 * @param first the time of the first event
 * @param last the time of the latest event
 * @param instances the number of different pods in which it was seen, as far as they are known to
 *     be different
 * @param starts the number of different starts of a container in which it was seen, likewise
 * @param start the id of the only start of a container in which it was seen; empty if there are
 *     several
 * @param startupOnly whether it was only seen in {@link Phase#STARTUP}
 * @param digests the digests of the images in which it was seen, sorted
 * @param accepted whether a person accepted it, whatever the counts are
 */
public record Sighting(
    long count,
    Instant first,
    Instant last,
    int instances,
    int starts,
    String start,
    boolean startupOnly,
    List<String> digests,
    boolean accepted) {
  /** The number of container starts that must show a risky entry. */
  public static final int CONFIRMED_STARTS = 2;

  /** The largest number of a model; larger ones are reduced to it. */
  public static final int MOST = 1_000_000_000;

  /** Copies the list, and bounds the numbers. */
  public Sighting {
    count = Math.clamp(count, 0, MOST);
    instances = Math.clamp(instances, 0, MOST);
    starts = Math.clamp(starts, 0, MOST);
    digests = List.copyOf(digests);
  }

  /**
   * Whether more than one start of a container did it, or a person accepted it. A restart does not
   * repeat what an intruder did during learning.
   */
  public boolean isConfirmed() {
    return accepted || starts >= CONFIRMED_STARTS;
  }

  /**
   * The sightings of two entries that are one now. They may have been in the same pods and starts.
   */
  Sighting and(Sighting other) {
    List<String> images = new ArrayList<>(digests);
    images.addAll(other.digests);
    return new Sighting(
        count + other.count,
        first.isBefore(other.first) ? first : other.first,
        last.isAfter(other.last) ? last : other.last,
        Math.max(instances, other.instances),
        Math.max(starts, other.starts),
        start.equals(other.start) ? start : "",
        startupOnly && other.startupOnly,
        images.stream().distinct().sorted().toList(),
        accepted || other.accepted);
  }
}
