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
 * @param containments as {@code containments --json} prints them
 * @param stop the kill switch, if it is on
 * @param approvals as {@code approvals --json} prints them
 * @param troubles what could not be read, and why
 */
public record Snapshot(
    Instant at,
    List<IncidentSummary> incidents,
    boolean isCut,
    List<ObjectNode> containments,
    Optional<ObjectNode> stop,
    List<ObjectNode> approvals,
    List<String> troubles) {
  /** Copies the lists. */
  public Snapshot {
    incidents = List.copyOf(incidents);
    containments = List.copyOf(containments);
    approvals = List.copyOf(approvals);
    troubles = List.copyOf(troubles);
  }

  /** With more troubles. */
  public Snapshot with(List<String> more) {
    return new Snapshot(
        at,
        incidents,
        isCut,
        containments,
        stop,
        approvals,
        Stream.concat(troubles.stream(), more.stream()).toList());
  }
}
