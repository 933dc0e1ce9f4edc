package io.cattleguard.app.drill;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Points;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The result of a drill.
 *
 * @param injected whether the events were injected, so that no sensor had to see anything
 */
record DrillCard(
    String run,
    String cluster,
    String namespace,
    Instant startedAt,
    boolean injected,
    List<Row> rows) {
  DrillCard {
    rows = List.copyOf(rows);
  }

  /** The result of a step. */
  enum Result {
    /** A sensor reported it, and an incident has it. */
    SENSED("sensed"),
    /** It ran, and no incident has it. */
    UNSEEN("unseen"),
    /** Admission refused its pod, so an intruder could not have done it there. */
    REFUSED("refused by admission"),
    /** Its pod did not start, or its event was not accepted. */
    NOT_RUN("not run"),
    /** The drill was interrupted before anything reported it. */
    INTERRUPTED("interrupted");

    private final String word;

    Result(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /**
   * Who is notified of a step.
   *
   * @param destinations to which the routes send its alert or its outcomes
   * @param silencedBy what hides it from people
   * @param missing what its alert lacks for a route to people, if it reaches none of them
   */
  record Notified(List<String> destinations, List<String> silencedBy, Optional<String> missing) {
    static final Notified NONE = new Notified(List.of(), List.of(), Optional.empty());

    Notified {
      destinations = List.copyOf(destinations);
      silencedBy = List.copyOf(silencedBy);
    }
  }

  /**
   * A step.
   *
   * @param by the sources and rules that reported it
   * @param after the time from its start until it was in an incident
   * @param reasons why it has that score; empty if the record does not say
   * @param responses what was done, or would have been
   * @param why the reason if it did not run to its end
   */
  record Row(
      DrillStep step,
      Result result,
      List<String> by,
      Optional<Duration> after,
      int score,
      List<Points> reasons,
      Notified notified,
      List<String> responses,
      Optional<String> incident,
      String why) {
    Row {
      by = List.copyOf(by);
      reasons = List.copyOf(reasons);
      responses = List.copyOf(responses);
    }

    /** A step that nothing reported. */
    static Row of(DrillStep step, Result result, String why) {
      return new Row(
          step,
          result,
          List.of(),
          Optional.empty(),
          0,
          List.of(),
          Notified.NONE,
          List.of(),
          Optional.empty(),
          why);
    }
  }

  /** How many steps have that result. */
  long count(Result result) {
    return rows.stream().filter(row -> row.result() == result).count();
  }

  /** Whether every step was sensed or refused. */
  boolean isPassed() {
    return count(Result.SENSED) + count(Result.REFUSED) == rows.size();
  }

  /** Whether the drill ended before its steps did. */
  boolean isInterrupted() {
    return count(Result.INTERRUPTED) > 0;
  }

  /** The result as a sentence. */
  String summary() {
    return count(Result.SENSED)
        + " of "
        + rows.size()
        + " steps sensed, "
        + count(Result.REFUSED)
        + " refused by admission, "
        + count(Result.UNSEEN)
        + " unseen"
        + (count(Result.NOT_RUN) == 0 ? "" : ", " + count(Result.NOT_RUN) + " not run")
        + (isInterrupted() ? ", " + count(Result.INTERRUPTED) + " interrupted" : "");
  }

  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("run", run).put("cluster", cluster).put("namespace", namespace);
    out.put("startedAt", startedAt.toString()).put("injected", injected);
    out.put("passed", isPassed()).put("interrupted", isInterrupted());
    ArrayNode steps = out.putArray("steps");
    for (Row row : rows) {
      ObjectNode one = steps.addObject();
      one.put("step", row.step().id()).put("what", row.step().what());
      one.put("result", row.result().word());
      row.by().forEach(one.putArray("sensedBy")::add);
      row.after().ifPresent(after -> one.put("afterMillis", after.toMillis()));
      if (row.result() == Result.SENSED) {
        one.put("score", row.score());
        ArrayNode reasons = one.putArray("reasons");
        row.reasons()
            .forEach(
                points ->
                    reasons.addObject().put("points", points.value()).put("why", points.reason()));
      }
      row.notified().destinations().forEach(one.putArray("routedTo")::add);
      row.notified().silencedBy().forEach(one.putArray("silencedBy")::add);
      row.notified().missing().ifPresent(missing -> one.put("peopleNotNotified", missing));
      row.responses().forEach(one.putArray("responses")::add);
      row.incident().ifPresent(id -> one.put("incident", id));
      if (!row.why().isEmpty()) {
        one.put("why", row.why());
      }
      if (row.result() == Result.UNSEEN) {
        one.put("wouldSee", row.step().wouldSee());
      }
    }
    return out;
  }
}
