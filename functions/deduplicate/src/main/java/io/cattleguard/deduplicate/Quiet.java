package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.SilenceBook;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AcceptedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What people silence, and the problems that they may silence.
 *
 * @param recents absent where nobody sets a silence, as in a replay
 */
public record Quiet(SilenceBook silences, Optional<RecentProblems> recents) {
  /** Nothing is silenced, and nobody sets a silence. */
  public static final Quiet NONE = new Quiet(SilenceBook.EMPTY, Optional.empty());

  /**
   * The silences and recent problems in deduplicate's table.
   *
   * @param refresh how long a reading of the silences is used
   */
  public static Quiet in(VersionedTable table, Duration refresh) {
    return new Quiet(new StoredSilences(table, refresh), Optional.of(new RecentProblems(table)));
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
