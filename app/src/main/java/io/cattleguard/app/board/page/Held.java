package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.record.IncidentSummary;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A containment that is in force.
 *
 * @param warnings what is wrong with it
 * @param incident the address of its incident
 */
public record Held(
    String id,
    String action,
    String object,
    String playbook,
    String since,
    String until,
    String left,
    List<Chip> warnings,
    Optional<String> incident,
    List<Button> buttons) {
  /** Copies the lists. */
  public Held {
    warnings = List.copyOf(warnings);
    buttons = List.copyOf(buttons);
  }

  static List<Held> all(Snapshot snapshot) {
    return snapshot.containments().all().stream().map(one -> of(one, snapshot)).toList();
  }

  private static Held of(ObjectNode one, Snapshot snapshot) {
    String id = one.path("id").asText();
    Optional<String> incident = incident(one, snapshot).map(IncidentSummary::id);
    String object = object(one);
    Optional<Instant> until = time(one.path("until"));
    return new Held(
        Words.name(id),
        Words.name(one.path("action").asText()),
        object,
        Words.name(one.path("playbook").asText()),
        time(one.path("since")).map(Words::time).orElse("an unknown time"),
        until.map(Words::time).orElse("an unknown time"),
        until.map(at -> Words.distance(at, snapshot.at())).orElse(""),
        warnings(one, until.filter(at -> at.isBefore(snapshot.at())).isPresent()),
        incident.map(Links::incident),
        buttons(id, incident.orElse(""), one.path("action").asText() + " on " + object));
  }

  /** The buttons of a containment. */
  static List<Button> buttons(String id, String incident, String about) {
    return List.of(
        Button.of(Verb.UNDO, id, incident, about), Button.of(Verb.EXTEND, id, incident, about));
  }

  private static List<Chip> warnings(ObjectNode one, boolean isOver) {
    List<Chip> warnings = new ArrayList<>();
    if (one.has("failingSince")) {
      warnings.add(
          Chip.alarm(
              "release failing, "
                  + IncidentWords.count(one.path("failures").asInt(), "attempt")
                  + ", retried"));
    } else if (one.has("releaseAcceptedAt")) {
      warnings.add(Chip.warn("release accepted, effect not visible yet"));
    } else if (isOver) {
      warnings.add(Chip.warn("lease over"));
    }
    if (one.has("undoneBy")) {
      warnings.add(Chip.plain("undo requested by " + Words.name(one.path("undoneBy").asText())));
    }
    if (one.has("inEffect") && !one.path("inEffect").asBoolean()) {
      warnings.add(Chip.alarm("not in effect: undone outside Cattleguard"));
    }
    return warnings;
  }

  /** The object for people: its name, or else its id. */
  static String object(ObjectNode one) {
    JsonNode subject = one.path("subject");
    String namespace = subject.path("namespace").asText();
    String name = subject.path("name").asText();
    String cluster = one.path("cluster").asText();
    String words =
        name.isEmpty()
            ? one.path("uid").asText()
            : namespace.isEmpty() ? name : namespace + "/" + name;
    return Words.name(cluster.isEmpty() ? words : words + " in " + cluster);
  }

  /** A target's text contains the id of its object. */
  static boolean isAbout(ObjectNode containment, String action, String target) {
    String uid = containment.path("uid").asText();
    return containment.path("action").asText().equals(action)
        && !uid.isEmpty()
        && target.contains(uid);
  }

  private static Optional<IncidentSummary> incident(ObjectNode one, Snapshot snapshot) {
    return snapshot.incidents().stream()
        .filter(IncidentSummary::holding)
        .filter(
            incident ->
                incident.actions().stream()
                    .anyMatch(action -> isAbout(one, action.action(), action.target())))
        .findFirst();
  }

  static Optional<Instant> time(JsonNode in) {
    try {
      return Optional.of(Instant.parse(in.asText()));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
