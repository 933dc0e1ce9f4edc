package io.cattleguard.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.app.terminal.Surroundings;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SurroundingsTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          a terminal has colour and its own width     | 132 | -  | xterm | true  | 132
          a pipe has neither                          | -   | -  | xterm | false | none
          NO_COLOR is honoured                        | 80  | 1  | xterm | false | 80
          an empty NO_COLOR says nothing              | 80  | '' | xterm | true  | 80
          a dumb terminal has no colour               | 80  | -  | dumb  | false | 80
          a terminal too narrow to read is overflowed | 20  | -  | xterm | true  | 60
          a launcher that says nonsense is no terminal| wide| -  | xterm | false | none
          """)
  void theTerminal(
      String sentence, String columns, String noColor, String term, boolean colour, String width) {
    Map<String, String> environment = new HashMap<>(Map.of("TERM", term));
    if (noColor != null) {
      environment.put("NO_COLOR", noColor);
    }
    Properties properties = new Properties();
    if (columns != null) {
      properties.setProperty("cattleguard.columns", columns);
    }

    Surroundings surroundings =
        Surroundings.of(
            InputStream.nullInputStream(), System.out, System.err, environment, properties);

    assertEquals(colour, surroundings.colour(), sentence);
    assertEquals(width, surroundings.columns().map(String::valueOf).orElse("none"), sentence);
  }
}
