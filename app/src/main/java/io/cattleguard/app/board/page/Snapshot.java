package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.record.IncidentSummary;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the board knows of a deployment at one time.
 *
 * @param incidents the latest first, as they are at that time
 * @param isCut whether there are more incidents than were read
 * @param isUnread whether the incidents could not be read yet
 * @param containments as {@code containments --json} prints them
 * @param stop the kill switch, if it is known to be on
 * @param approvals as {@code approvals --json} prints them
 * @param troubles what could not be read, and why
 */
public record Snapshot(
    Instant at,
    List<IncidentSummary> incidents,
    boolean isCut,
    boolean isUnread,
    Answer containments,
    Optional<ObjectNode> stop,
    Answer approvals,
    List<String> troubles) {

  /**
   * An answer of the deployment.
   *
   * @param all the entries, without those that could not be read
   * @param unreadable why something could not be read
   * @param note an additional note
   */
  public record Answer(List<ObjectNode> all, Optional<String> unreadable, Optional<String> note) {
    /** Copies the list, and makes the texts bounded and visible. */
    public Answer {
      all = List.copyOf(all);
      unreadable = unreadable.map(Words::sentence);
      note = note.map(Words::sentence);
    }

    /** An answer without a note. */
    public Answer(List<ObjectNode> all, Optional<String> unreadable) {
      this(all, unreadable, Optional.empty());
    }

    /** Why something could not be read, as a sentence. */
    public Optional<String> trouble() {
      return unreadable.map(why -> "Cannot be read: " + why);
    }
  }

  /** Copies the lists. */
  public Snapshot {
    incidents = List.copyOf(incidents);
    troubles = List.copyOf(troubles);
  }

  /** Whether the state of the kill switch cannot be read. */
  public boolean isStopUnknown() {
    return stop.isEmpty() && containments.unreadable().isPresent();
  }

  /** With more troubles. */
  public Snapshot with(List<String> more) {
    return new Snapshot(
        at,
        incidents,
        isCut,
        isUnread,
        containments,
        stop,
        approvals,
        Stream.concat(troubles.stream(), more.stream()).toList());
  }
}
