package io.cattleguard.events.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClosestWordTest {

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rpelay    | replay
          replays   | replay
          dmeo      | demo
          doktor    | doctor
          repeat    | replay
          isolate   |
          x         |
          up-server |
          """)
  void onlyAWordThatIsCloseIsSuggested(String mistyped, String meant) {
    assertEquals(
        meant == null ? "" : "; did you mean '" + meant + "'?",
        ClosestWord.hint(mistyped, List.of("demo", "replay", "up", "doctor")));
  }
}
