package io.cattleguard.deduplicate;

import io.cattleguard.deduplicate.inhibition.InMemoryInhibitors;
import io.cattleguard.deduplicate.inhibition.Inhibition;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.deduplicate.inhibition.InhibitorBook;
import io.cattleguard.deduplicate.inhibition.StoredInhibitors;
import io.cattleguard.deduplicate.silence.HidingRecords;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.SilenceBook;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AcceptedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What people silence, the problems that they may silence, and what mutes symptoms.
 *
 * @param records absent where nothing is reported
 * @param recents absent where people cannot set a silence, as in a replay
 */
public record Quiet(
    SilenceBook silences,
    Optional<RecentProblems> recents,
    Inhibitions inhibitions,
    InhibitorBook inhibitors,
    Optional<HidingRecords> records) {
  /** Nothing is silenced or muted. */
  public static final Quiet NONE = of(Inhibitions.none());

  /** In one process where people cannot set a silence. */
  public static Quiet of(Inhibitions inhibitions) {
    return new Quiet(
        SilenceBook.EMPTY,
        Optional.empty(),
        inhibitions,
        new InMemoryInhibitors(),
        Optional.empty());
  }

  /**
   * In deduplicate's table.
   *
   * @param refresh how long a reading of silences and inhibitors is used
   * @param report receives a sentence per rule that hides nothing or too much, once a day
   */
  public static Quiet in(
      VersionedTable table, Duration refresh, Inhibitions inhibitions, Consumer<String> report) {
    return new Quiet(
        new StoredSilences(table, refresh),
        Optional.of(new RecentProblems(table)),
        inhibitions,
        new StoredInhibitors(table, refresh),
        Optional.of(new HidingRecords(table, report)));
  }

  /** Counts what was hidden in a batch. */
  void count(List<Verdict> verdicts, Suppressions suppressions, Instant now) {
    if (records.isEmpty()) {
      return;
    }
    HidingRecords counts = records.get();
    for (Verdict verdict : verdicts) {
      boolean suppressed = verdict.column() == Verdict.Column.SUPPRESSED;
      if (verdict.isSilenced()) {
        counts.hid(verdict.publish().map(AcceptedAlert::silenced).orElseThrow().by());
      } else if (verdict.suppression().isPresent() && verdict.column() != Verdict.Column.FAILED) {
        String name = Suppression.named(verdict.suppression().get());
        if (suppressed) {
          counts.hid(name);
        } else {
          counts.cap(name);
        }
      }
    }
    Set<String> policy = new HashSet<>();
    suppressions.all().forEach(one -> policy.add(Suppression.named(one.name())));
    inhibitions.all().forEach(one -> policy.add(Inhibition.named(one.name())));
    counts.store(policy, now);
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
