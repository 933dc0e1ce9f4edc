package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.inhibition.InMemoryInhibitors;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.deduplicate.inhibition.InhibitorBook;
import io.cattleguard.deduplicate.inhibition.StoredInhibitors;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.SilenceBook;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AcceptedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What people silence, the problems that they may silence, and what mutes symptoms.
 *
 * @param recents absent where nobody sets a silence, as in a replay
 */
public record Quiet(
    SilenceBook silences,
    Optional<RecentProblems> recents,
    Inhibitions inhibitions,
    InhibitorBook inhibitors) {
  /** Nothing is silenced or muted. */
  public static final Quiet NONE = of(Inhibitions.none());

  /** In one process where nobody sets a silence. */
  public static Quiet of(Inhibitions inhibitions) {
    return new Quiet(SilenceBook.EMPTY, Optional.empty(), inhibitions, new InMemoryInhibitors());
  }

  /**
   * In deduplicate's table.
   *
   * @param refresh how long a reading of silences and inhibitors is used
   */
  public static Quiet in(VersionedTable table, Duration refresh, Inhibitions inhibitions) {
    return new Quiet(
        new StoredSilences(table, refresh),
        Optional.of(new RecentProblems(table)),
        inhibitions,
        new StoredInhibitors(table, refresh));
  }

  void remember(Verdict verdict, Instant at) {
    if (recents.isPresent() && verdict.publish().isPresent()) {
      AcceptedAlert accepted = verdict.publish().get();
      switch (accepted.acceptance()) {
        case OPENED, ESCALATED ->
            recents.get().remember(accepted.alert(), accepted.fingerprint(), at);
        case SPREAD, REPEATED, CONTINUING -> {
          // It is remembered already.
        }
      }
    }
  }
}
