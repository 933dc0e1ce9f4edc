package io.cattleguard.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScreenTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "between words|one two three|one two/three",
        "not inside a word|a 0123456789abcdef b|a/0123456789abcdef/b",
        "a word alone|0123456789abcdef|0123456789abcdef",
        "after an indent|    0123456789 b|    0123456789/b",
        "what fits|one two|one two",
      })
  void aLineIsWrappedInATerminal(String sentence, String text, String lines) {
    assertEquals(List.of(lines.split("/")), Screen.wrap(text, 8), sentence);
  }

  @Test
  void aTerminalsWidthIsUsedAndWithoutATerminalNothingIsWrappedOrCut() {
    String text = "word ".repeat(60).strip();

    assertEquals(text + "\n" + text + "\n", printed(Optional.empty(), text));
    assertEquals(2 * text.length() + 2, printed(Optional.of(1_000), text).length());
    assertEquals(200, printed(Optional.of(200), text).indexOf('\n') + 1);
  }

  private static String printed(Optional<Integer> columns, String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), columns, false);
    screen.line(text);
    screen.cut(Screen.Style.PLAIN, text);
    return out.toString(StandardCharsets.UTF_8).replace("\r", "");
  }
}
