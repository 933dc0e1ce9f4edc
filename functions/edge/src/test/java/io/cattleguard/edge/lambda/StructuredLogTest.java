package io.cattleguard.edge.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StructuredLogTest {
  @Test
  void countsAreAFunctionsAndNotAStepsAsAnAccountMayHoldTwoStacks() {
    JsonNode line =
        StructuredLog.metrics(
            "score", "second-score", 1_700L, Map.of("scored", 3L), Map.of("waited", 250L));

    JsonNode directive = line.at("/_aws/CloudWatchMetrics/0");
    assertEquals("[[\"FunctionName\"]]", directive.get("Dimensions").toString());
    assertEquals("second-score", line.get("FunctionName").textValue());
    assertEquals("score", line.get("step").textValue());
    assertEquals("Cattleguard", directive.get("Namespace").textValue());
    assertEquals(
        "[{\"Name\":\"scored\",\"Unit\":\"Count\"},{\"Name\":\"waited\",\"Unit\":\"Milliseconds\"}]",
        directive.get("Metrics").toString());
    assertEquals(250, line.get("waited").longValue());
    assertEquals(3, line.get("scored").longValue());
    assertEquals(1_700, line.at("/_aws/Timestamp").longValue());
  }
}
