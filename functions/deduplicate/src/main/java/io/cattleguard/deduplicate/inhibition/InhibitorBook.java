package io.cattleguard.deduplicate.inhibition;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Where the inhibitors of a deployment are remembered. */
public interface InhibitorBook {
  /** Maximum number of remembered inhibitors; the oldest are forgotten first. */
  int MOST = 200;

  /** One that is known anew within this time is not stored again. */
  Duration STEP = Duration.ofMinutes(1);

  /**
   * The known inhibitors. If the store does not answer there are no others, so people are notified.
   */
  List<Inhibitor> known(Instant now);

  /** Remembers inhibitors. A failure only means that people are notified of symptoms. */
  void remember(List<Inhibitor> seen, Instant now);

  /** The inhibitors of both lists, one per object, without those that are over. */
  static List<Inhibitor> merged(List<Inhibitor> known, List<Inhibitor> seen, Instant now) {
    List<Inhibitor> all = new ArrayList<>(known);
    all.removeIf(one -> one.isOver(now));
    for (Inhibitor one : seen) {
      Inhibitor next = one;
      for (Inhibitor other : List.copyOf(all)) {
        if (other.isOf(one)) {
          all.remove(other);
          next = other.and(one);
        }
      }
      all.add(next);
    }
    return all.subList(Math.max(0, all.size() - MOST), all.size());
  }

  /** Whether the known ones say all that was seen, so that nothing has to be stored. */
  static boolean covers(List<Inhibitor> known, List<Inhibitor> seen) {
    return seen.stream()
        .allMatch(
            one ->
                known.stream().anyMatch(other -> other.isOf(one) && says(other, other.and(one))));
  }

  private static boolean says(Inhibitor known, Inhibitor next) {
    return known.since().equals(next.since())
        && known.severity() == next.severity()
        && known.window().equals(next.window())
        && known.at().plus(STEP).isAfter(next.at());
  }
}
