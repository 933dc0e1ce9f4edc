package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.record.IncidentSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An action that waits for approval, or that was approved and is under way.
 *
 * @param then what happens if no person decides
 * @param guards which did not object
 */
public record Waiting(
    String id,
    String action,
    String object,
    String playbook,
    Chip state,
    String until,
    String left,
    String then,
    List<String> guards,
    Optional<String> incident,
    List<Button> buttons) {
  /** Copies the lists. */
  public Waiting {
    guards = List.copyOf(guards);
    buttons = List.copyOf(buttons);
  }

  static List<Waiting> all(Snapshot snapshot) {
    return snapshot.approvals().all().stream().map(one -> of(one, snapshot)).toList();
  }

  private static Waiting of(ObjectNode one, Snapshot snapshot) {
    String id = one.path("id").asText();
    String action = one.path("action").asText();
    String target = one.path("target").asText();
    boolean waits = one.path("waits").asBoolean();
    Optional<String> incident =
        snapshot.incidents().stream()
            .filter(
                incidents ->
                    incidents.actions().stream()
                        .anyMatch(
                            other ->
                                other.outcome() == ResponseOutcome.AWAITING_APPROVAL
                                    && other.action().equals(action)
                                    && other.target().equals(target)))
            .map(IncidentSummary::id)
            .findFirst();
    List<String> guards = new ArrayList<>();
    one.path("guards").forEach(guard -> guards.add(Words.name(guard.asText())));
    return new Waiting(
        Words.name(id),
        Words.name(action),
        Words.name(target),
        Words.name(one.path("playbook").asText()),
        waits
            ? new Chip("warn", "?", "waits for you")
            : Chip.plain(
                one.has("by")
                    ? Words.name(
                        one.path("state").asText()
                            + " by "
                            + one.path("by").asText()
                            + ", under way")
                    : "expired"),
        Held.time(one.path("until")).map(Words::time).orElse("an unknown time"),
        Held.time(one.path("until")).map(at -> Words.distance(at, snapshot.at())).orElse(""),
        one.path("then").asText().equals("act")
            ? "then the action is taken"
            : "then no action is taken",
        guards,
        incident.map(Links::incident),
        waits ? buttons(id, incident.orElse(""), action + " on " + target) : List.of());
  }

  /** The buttons of a question. */
  static List<Button> buttons(String id, String incident, String about) {
    return List.of(
        Button.of(Verb.APPROVE, id, incident, about), Button.of(Verb.REJECT, id, incident, about));
  }
}
