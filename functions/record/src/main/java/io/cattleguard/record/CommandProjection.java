package io.cattleguard.record;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ContractViolation;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Turns a person's command into an entry of the incident's timeline, or of the deployment's
 * timeline if its incident is unknown. It reads only the person, the command, the time and the
 * reason, so it also records commands of a later version.
 */
final class CommandProjection {
  /** The source prefix of an AWS caller that IAM verified; the identity follows. */
  static final String CALLER = "cattleguard.operator.";

  /** The writer has not carried it out: an outcome says whether the settings allowed it. */
  private static final String REQUESTED = " requested";

  /** A responder's answer. */
  private static final String IGNORED = " ignored";

  private static final int NAME = 60;
  private static final int TEXT = 200;

  private CommandProjection() {}

  static List<IncidentRecord> of(
      JsonNode detail,
      String source,
      Optional<Instant> receivedAt,
      Supplier<Optional<String>> lookup) {
    String command = text(detail, "/command");
    if (command.isEmpty()) {
      throw new ContractViolation("detail: no alert, no response and no command");
    }
    Instant said = at(detail);
    Instant at =
        receivedAt
            .map(Projection::plain)
            .map(
                bus ->
                    Projection.within(
                        said, bus.minus(Projection.EARLIER), bus.plus(Projection.LATER)))
            .orElse(said);
    List<String> words = new ArrayList<>();
    for (String about : List.of("/approval", "/containment", "/silence", "/match")) {
      add(words, "", text(detail, about));
    }
    add(words, "until ", text(detail, "/until"));
    add(words, "", detail.path("responders").asBoolean() ? "also from responders" : "");
    add(words, "reason: ", text(detail, "/why"));
    // Only a step says that a command was ignored.
    String ignored = source.startsWith(CALLER) ? "" : text(detail, "/ignored");
    add(words, "ignored because ", ignored);
    TimelineEntry entry =
        new TimelineEntry(
            at,
            // A refused command must not displace the commands of authorised people.
            ignored.isEmpty() ? TimelineEntry.Kind.COMMAND : TimelineEntry.Kind.ANSWER,
            Projection.text(text(detail, "/id"), NAME),
            Projection.text(command, NAME)
                + (isCarriedOut(detail, source) ? "" : ignored.isEmpty() ? REQUESTED : IGNORED),
            Projection.text(who(detail, source), NAME * 2),
            Projection.text(String.join(", ", words), TEXT));
    String incident = text(detail, "/incident/id");
    String id =
        incident.isEmpty()
            ? lookup.get().orElse(IncidentRecord.DEPLOYMENT)
            : Projection.id(incident);
    return List.of(IncidentRecord.at(id, at).with(entry));
  }

  /** Only a step can say that a command was carried out. */
  private static boolean isCarriedOut(JsonNode detail, String source) {
    return detail.path("applied").asBoolean() && !source.startsWith(CALLER);
  }

  /** The verified identity, and the unverified name. */
  private static String who(JsonNode detail, String source) {
    String identity =
        source.startsWith(CALLER)
            ? "aws:" + source.substring(CALLER.length())
            : text(detail, "/who");
    String name = text(detail, "/name");
    return name.isEmpty() || name.equals(identity) ? identity : name + " (" + identity + ")";
  }

  private static void add(List<String> words, String label, String text) {
    if (!text.isEmpty()) {
      words.add(label + text);
    }
  }

  private static Instant at(JsonNode detail) {
    try {
      return Instant.parse(text(detail, "/observedAt"));
    } catch (DateTimeException e) {
      throw new ContractViolation("observedAt: expected a time", e);
    }
  }

  private static String text(JsonNode detail, String pointer) {
    JsonNode value = detail.at(pointer);
    return value.isTextual() ? value.asText().strip() : "";
  }
}
