package io.cattleguard.sensor.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExpositionTest {
  private static final String HEAD = "# HELP a_total Things.\n# TYPE a_total counter\n";

  @Test
  void whatFollowsTheFormatIsRead() {
    Exposition read =
        Exposition.read(
            HEAD
                + "a_total{b=\"c\\\"\\\\\\n\",d=\"}\"} 1.2E7\na_total 3\n"
                + "# HELP e Others.\n# TYPE e gauge\ne NaN\n");

    assertEquals(Map.of("a_total", "counter", "e", "gauge"), read.types());
    assertEquals(
        Map.of("a_total{b=\"c\\\"\\\\\\n\",d=\"}\"}", 1.2e7, "a_total", 3.0, "e", Double.NaN),
        read.samples());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        HEAD + "a_total 1",
        HEAD + "\n",
        HEAD + "b_total 1\n",
        HEAD + "a_total one\n",
        HEAD + "a_total{b=\"c\"d\"} 1\n",
        HEAD + "a_total{b=\"\\c\"} 1\n",
        HEAD + "a_total{b=\"c\"} 1\na_total{b=\"c\"} 2\n",
        HEAD + HEAD,
        "a_total 1\n",
        "# HELP a_total Things.\n",
        "# TYPE a_total counter\na_total 1\n",
        "# HELP a_total \n# TYPE a_total counter\na_total 1\n",
        "# HELP a Things.\n# TYPE a counter\na 1\n",
        "# HELP a_total Things.\n# TYPE a_total gauge\na_total 1\n",
        "# HELP a Things.\n# TYPE a thing\na 1\n"
      })
  void whatBreaksTheFormatIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Exposition.read(text));
  }
}
