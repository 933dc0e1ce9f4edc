package io.cattleguard.operate;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.ContractViolation;
import java.util.Optional;

/** Reads JSON that Slack sent: of bounded depth, and no key twice. */
final class SlackJson {
  private static final int DEEPEST = 100;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(DEEPEST)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private SlackJson() {}

  /**
   * Reads an object.
   *
   * @param what its name in the error, which quotes nothing of the text
   * @throws ContractViolation if it is none
   */
  static JsonNode object(String what, String text) {
    try {
      JsonNode in = JSON.readTree(text);
      if (in != null && in.isObject()) {
        return in;
      }
    } catch (JsonProcessingException e) {
      // Omit the cause: its message quotes the payload.
    }
    throw new ContractViolation(what + ": not a JSON object");
  }

  /** A text that is not blank. */
  static Optional<String> text(JsonNode in, String key) {
    return Optional.ofNullable(in.path(key).textValue()).filter(value -> !value.isBlank());
  }
}
