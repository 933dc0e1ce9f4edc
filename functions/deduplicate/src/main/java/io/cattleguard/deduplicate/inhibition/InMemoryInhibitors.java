package io.cattleguard.deduplicate.inhibition;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Instant;
import java.util.List;

/** Inhibitors in a list, for one process. */
public final class InMemoryInhibitors implements InhibitorBook {
  @GuardedBy("this")
  private List<Inhibitor> all = List.of();

  @Override
  public synchronized List<Inhibitor> known(Instant now) {
    return all;
  }

  @Override
  public synchronized void remember(List<Inhibitor> seen, Instant now) {
    all = List.copyOf(InhibitorBook.merged(all, seen, now));
  }
}
