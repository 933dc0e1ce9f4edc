package io.cattleguard.app.models;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Sender;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.time.InstantSource;
import java.util.List;

/**
 * Takes what a server learns from its own file of events into its own spool, where it is treated
 * like a report of a sensor on this machine.
 */
public final class OwnReports implements Bus {
  private final Intake intake;
  private final GroupCommit commits;
  private final InstantSource clock;

  /** Puts reports into a spool through its intake. */
  public OwnReports(Intake intake, GroupCommit commits, InstantSource clock) {
    this.intake = intake;
    this.commits = commits;
    this.clock = clock;
  }

  @Override
  public List<Outcome> put(List<Entry> entries) {
    return entries.stream().map(this::put).toList();
  }

  private Outcome put(Entry entry) {
    Intake.Reception report =
        intake.receive(entry.detail(), clock.instant(), Sender.OF_THIS_MACHINE);
    if (!report.packed() || report.unreadable() > 0) {
      return new Outcome.Never(report.complaint().orElse("it is no report"));
    }
    try {
      commits.append(report.observations());
      return new Outcome.Accepted();
    } catch (SpoolUnavailable e) {
      return new Outcome.Later("unanswered", String.valueOf(e.getMessage()));
    }
  }
}
