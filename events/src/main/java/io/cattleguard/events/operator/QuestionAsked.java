package io.cattleguard.events.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.deviation.AcceptableEntry;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The detail of a {@link DetailType#QUESTION_ASKED} event: a person's question in Slack.
 *
 * @param id a copy that is published again has the same id
 * @param askedAt when the person asked
 * @param answerTo where Slack takes the answer, for half an hour; any holder of the address can
 *     post an answer, so it is not logged
 */
public record QuestionAsked(
    String id,
    Question question,
    OperatorCommand.Who who,
    Instant askedAt,
    URI answerTo,
    int hops) {
  private static final int ID = 128;
  private static final int ADDRESS = 500;

  /** A question with a deterministic id: Slack gives each question an address of its own. */
  public static QuestionAsked of(
      Question question, OperatorCommand.Who who, Instant askedAt, URI answerTo) {
    return new QuestionAsked(
        Fingerprint.hash(
            String.join(
                "\n",
                "question",
                question.kind().jsonName(),
                who.identity(),
                askedAt.toString(),
                answerTo.toString())),
        question,
        who,
        askedAt,
        answerTo,
        0);
  }

  /** The detail as JSON. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("schema", AlertJson.SCHEMA);
    out.put("id", id);
    out.put("observedAt", askedAt.toString());
    out.put("hops", hops);
    out.put("question", question.kind().jsonName());
    switch (question.kind()) {
      case INCIDENTS -> out.put("since", question.since().toString());
      case INCIDENT -> out.put("incident", question.incident());
      case ACCEPT -> {
        AcceptableEntry entry = question.entry().orElseThrow();
        out.put("model", entry.model()).put("entry", entry.entry());
      }
      case CONTAINED, SILENCES -> {}
    }
    out.put("who", who.identity());
    who.name().ifPresent(name -> out.put("name", name));
    out.put("answerTo", answerTo.toString());
    return out;
  }

  /**
   * Reads a question from EventBridge, and adds a hop. Only the function operate asks, because it
   * has verified who asks.
   *
   * @throws ContractViolation if the source is another one, a field is absent or wrong, or the
   *     address is not Slack's
   */
  public static QuestionAsked read(String source, JsonNode detail) {
    if (!source.equals(OperatorSource.OPERATE)) {
      throw new ContractViolation("source: only " + OperatorSource.OPERATE + " asks questions");
    }
    return read(detail);
  }

  /**
   * Reads what {@link #write} wrote, and adds a hop.
   *
   * @throws ContractViolation if a field is absent or wrong, or the address is not Slack's
   */
  public static QuestionAsked read(JsonNode detail) {
    String word = text(detail, "question", ID);
    Question.Kind kind =
        Question.Kind.named(word)
            .orElseThrow(
                () ->
                    new ContractViolation(
                        "question: no question is " + HostileText.visible(word, 40)));
    Question question =
        new Question(
            kind,
            kind == Question.Kind.INCIDENTS ? since(detail) : Question.USUAL,
            kind == Question.Kind.INCIDENT ? text(detail, "incident", ID) : "",
            kind == Question.Kind.ACCEPT
                ? AcceptableEntry.of(text(detail, "model", 2 * ID), text(detail, "entry", 2 * ID))
                : Optional.empty());
    if (!question.isSound()) {
      throw new ContractViolation("question: not within its limits");
    }
    if (!detail.path("hops").canConvertToInt()) {
      throw new ContractViolation("hops: missing, or not a number");
    }
    return new QuestionAsked(
        text(detail, "id", ID),
        question,
        new OperatorCommand.Who(
            text(detail, "who", 2 * ID),
            detail.has("name")
                ? Optional.of(HostileText.visible(text(detail, "name", Integer.MAX_VALUE), ID))
                : Optional.empty()),
        askedAt(detail),
        AnswerAddress.read(text(detail, "answerTo", ADDRESS))
            .orElseThrow(() -> new ContractViolation("answerTo: not an address of Slack")),
        detail.path("hops").asInt() + 1);
  }

  private static Duration since(JsonNode detail) {
    try {
      return Duration.parse(text(detail, "since", ID));
    } catch (DateTimeException e) {
      throw new ContractViolation("since: not a duration such as PT24H", e);
    }
  }

  private static Instant askedAt(JsonNode detail) {
    try {
      return Instant.parse(text(detail, "observedAt", ID));
    } catch (DateTimeException e) {
      throw new ContractViolation("observedAt: not an RFC 3339 time in UTC", e);
    }
  }

  private static String text(JsonNode in, String key, int limit) {
    String text = in.path(key).isTextual() ? in.path(key).textValue() : "";
    if (text.isBlank()) {
      throw new ContractViolation(key + ": missing, or not a string");
    }
    if (text.length() > limit) {
      throw new ContractViolation(key + ": longer than " + limit + " characters");
    }
    return text;
  }
}
