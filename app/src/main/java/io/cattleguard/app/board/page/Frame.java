package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The frame around every page.
 *
 * @param deployment what the board shows, in words
 * @param stopped the kill switch, if it is known to be on
 * @param isStopUnknown whether its state cannot be read
 * @param waiting how many actions wait for approval: empty for none, {@code ?} if it is not known
 * @param troubles what could not be read
 * @param flash the result of the latest command
 * @param visitor who sees the page
 * @param refresh the address of this page, if it updates itself
 */
public record Frame(
    String title,
    Optional<Tab> tab,
    String deployment,
    Optional<String> stopped,
    boolean isStopUnknown,
    String waiting,
    List<String> troubles,
    Optional<Flash> flash,
    Visitor visitor,
    String asOf,
    Optional<String> refresh) {
  /** The result of a person's command, shown once. */
  public record Flash(boolean good, String text) {
    /** Makes the text bounded and visible. */
    public Flash {
      text = Words.sentence(text);
    }
  }

  /**
   * Who sees the page.
   *
   * @param person in words
   * @param csrf the token of every form
   */
  public record Visitor(String person, String csrf) {}

  /** Copies the list. */
  public Frame {
    troubles = List.copyOf(troubles);
  }

  /** The frame of a page about that snapshot. */
  public static Frame of(
      String title,
      Optional<Tab> tab,
      String deployment,
      Snapshot snapshot,
      Optional<Flash> flash,
      Visitor visitor,
      Optional<String> refresh) {
    return new Frame(
        title,
        tab,
        Words.name(deployment),
        snapshot.stop().map(Frame::stopped),
        snapshot.isStopUnknown(),
        waiting(snapshot.approvals()),
        snapshot.troubles().stream().map(Words::sentence).toList(),
        flash,
        new Visitor(Words.name(visitor.person()), visitor.csrf()),
        Words.time(snapshot.at()),
        refresh);
  }

  private static String waiting(Snapshot.Answer approvals) {
    if (approvals.unreadable().isPresent()) {
      return "?";
    }
    long waiting = approvals.all().stream().filter(one -> one.path("waits").asBoolean()).count();
    return waiting == 0 ? "" : Words.number(waiting);
  }

  private static String stopped(ObjectNode halt) {
    return Words.sentence(
        "by "
            + halt.path("by").asText()
            + " since "
            + at(halt.path("at").asText())
            + ": "
            + halt.path("reason").asText());
  }

  private static String at(String text) {
    try {
      return Words.time(Instant.parse(text)) + " UTC";
    } catch (DateTimeException e) {
      return "an unknown time";
    }
  }

  /** The token of every form. */
  public String csrf() {
    return visitor.csrf();
  }

  /** The tabs of the navigation. */
  public List<Tab> tabs() {
    return List.of(Tab.values());
  }

  /** Whether that is the tab of this page. */
  public boolean isCurrent(Tab other) {
    return tab.filter(other::equals).isPresent();
  }

  /** Whether the kill switch is off, unless it is known to be on. */
  public Chip running() {
    return isStopUnknown
        ? new Chip("warn", "?", "kill switch unknown")
        : new Chip("good", "✓", "kill switch off");
  }

  /** The link that stops everything. */
  public Button stop() {
    return Button.of(Verb.STOP, "", "", "all responses");
  }

  /** The link that resumes. */
  public Button resume() {
    return Button.of(Verb.RESUME, "", "", "all responses");
  }
}
