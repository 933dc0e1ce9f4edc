package io.cattleguard.events.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cattleguard.events.deviation.AcceptableEntry;
import java.util.Optional;

/**
 * A button of a message that asks for the patch which accepts a deviation. It is not a command:
 * pressing it changes nothing.
 */
public record QuestionButton(AcceptableEntry entry) {
  /** The action id of the button. */
  public static final String ACTION_ID = "cattleguard.ask." + Question.Kind.ACCEPT.jsonName();

  private static final String QUESTION = "question";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** The value of the button, below {@link CommandButton#LONGEST_VALUE}. */
  public String value() {
    return JSON.createObjectNode()
        .put(QUESTION, Question.Kind.ACCEPT.jsonName())
        .put("model", entry.model())
        .put("entry", entry.entry())
        .toString();
  }

  /** Reads a value; empty if it is not the value of such a button. */
  public static Optional<QuestionButton> read(String value) {
    if (value.length() > CommandButton.LONGEST_VALUE) {
      return Optional.empty();
    }
    try {
      JsonNode in = JSON.readTree(value);
      return in.path(QUESTION).asText().equals(Question.Kind.ACCEPT.jsonName())
          ? AcceptableEntry.of(in.path("model").asText(), in.path("entry").asText())
              .map(QuestionButton::new)
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The question of the button. */
  public Question question() {
    return Question.accepting(entry);
  }
}
