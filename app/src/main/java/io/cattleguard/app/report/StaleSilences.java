package io.cattleguard.app.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Finds active silences that hid nothing: they are forgotten, or match nothing. */
final class StaleSilences {
  private StaleSilences() {}

  /**
   * A row for each.
   *
   * @param silences as {@code silences --json} prints them
   */
  static List<List<String>> of(List<ObjectNode> silences) {
    return silences.stream()
        .filter(one -> one.path("active").asBoolean() && one.path("hid").asLong() == 0)
        .map(
            one ->
                List.of(
                    one.path("id").asText(),
                    one.path("until").asText(),
                    one.path("by").asText(),
                    one.path("reason").asText()))
        .toList();
  }
}
