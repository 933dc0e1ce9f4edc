package io.cattleguard.app.models;

import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.recording.UnreadRest;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Observations;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The behaviour that recorded events show, and the number of events. */
final class RecordedBehaviour {
  private final AlertReader reader = new AlertReader().ofRecordings();
  private final Observations observations;
  private final @Nullable String cluster;

  /** An event without a time gets the time of the event before it. */
  private Instant latest;

  private long events;
  private long observed;
  private long unreadable;
  private final List<UnreadRest> unread = new ArrayList<>();

  RecordedBehaviour(@Nullable String cluster, ClusterFacts facts, Instant now) {
    this.observations = new Observations(reader, facts, facts);
    this.cluster = cluster;
    this.latest = now;
  }

  void read(List<String> files, InputStream standardInput, Consumer<Observation> each) {
    read(files, standardInput, each, program -> {});
  }

  /** Reads files, also the programs of processes that their source lost. */
  void read(
      List<String> files,
      InputStream standardInput,
      Consumer<Observation> each,
      Consumer<Executable> lost) {
    Recordings.read(
        files,
        standardInput,
        new Recordings.Reader() {
          @Override
          public void read(String file, RecordedEvent recorded) {
            take(recorded, each, lost);
          }

          @Override
          public void lost(UnreadRest rest) {
            unread.add(rest);
          }
        });
  }

  /** Reads one record, which may be an envelope of several events. */
  void take(RecordedEvent recorded, Consumer<Observation> each, Consumer<Executable> lost) {
    for (ReadEvent event : reader.readAll(recorded.text(), new Origin(cluster, latest))) {
      events++;
      unreadable += event.reading() instanceof Reading.Unreadable ? 1 : 0;
      for (Observation seen : observations.of(event.text(), new Origin(cluster, latest))) {
        observed += seen.entry().equals(SystemCall.RECORDED) ? 0 : 1;
        latest = seen.at();
        each.accept(seen);
      }
      observations.lost(event.text(), new Origin(cluster, latest)).forEach(lost);
    }
  }

  long events() {
    return events;
  }

  long observed() {
    return observed;
  }

  long unreadable() {
    return unreadable;
  }

  /**
   * Reports the files that could not be read to their end.
   *
   * @return the exit code: a failure if there is one
   */
  int reportUnread(PrintStream err) {
    unread.forEach(rest -> err.println(rest.warning()));
    return unread.isEmpty() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  /** The counts in a sentence. */
  String summary() {
    return ModelWords.count(events, "event", "events")
        + ": "
        + ModelWords.count(observed, "observation", "observations")
        + " of programs, ports, peers, written files and system calls"
        + (unreadable == 0 ? "" : "; " + unreadable + " unreadable, see cattleguard replay");
  }
}
