package io.cattleguard.sources.recording;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that each event of a recording is read once, with the number of its first line. */
final class RecordedEventsTest {
  /** A sentence, a recording, and its events as {@code line text}. */
  static Stream<Arguments> recordings() {
    return Stream.of(
        row("nothing", ""),
        row("blank lines", "\n  \n\r\n"),
        row("one object", "{\"a\":1}", "1 {\"a\":1}"),
        row("JSON lines", "{\"a\":1}\n{\"a\":2}\n", "1 {\"a\":1}", "2 {\"a\":2}"),
        row("two on a line", "{\"a\":1} {\"a\":2}", "1 {\"a\":1}", "1 {\"a\":2}"),
        row("Windows lines", "{\"a\":1}\r\n{\"a\":2}\r\n", "1 {\"a\":1}", "2 {\"a\":2}"),
        row("a byte order mark", "\ufeff{\"a\":1}", "1 {\"a\":1}"),
        row("an array", "[{\"a\":1},{\"a\":2}]", "1 {\"a\":1}", "1 {\"a\":2}"),
        row(
            "an array over lines",
            "[\n  {\"a\":1},\n  {\n    \"a\":2\n  }\n]\n{\"a\":3}",
            "2 {\"a\":1}",
            "3 {|    \"a\":2|  }",
            "7 {\"a\":3}"),
        row("arrays in arrays", "[[{\"a\":1}],[{\"a\":2},[]]]", "1 {\"a\":1}", "1 {\"a\":2}"),
        row(
            "an array that holds other things too",
            "[{\"a\":1}, 5, \"x, y]\", null, {\"a\":2}]",
            "1 {\"a\":1}",
            "1 5",
            "1 \"x, y]\"",
            "1 null",
            "1 {\"a\":2}"),
        row(
            "pretty-printed objects one after another",
            "{\n  \"a\": {\n    \"b\": [1, 2]\n  }\n}\n{\n  \"a\": 2\n}",
            "1 {|  \"a\": {|    \"b\": [1, 2]|  }|}",
            "6 {|  \"a\": 2|}"),
        row(
            "a pretty-printed object without indentation",
            "{\n\"a\":\n{\n\"b\": [\n{\"c\":1},\n{\"c\":2}\n]\n}\n}\n{\"a\":2}",
            "1 {|\"a\":|{|\"b\": [|{\"c\":1},|{\"c\":2}|]|}|}",
            "10 {\"a\":2}"),
        row(
            "braces in texts",
            "{\"a\":\"}{\\\"}\"}{\"a\":2}",
            "1 {\"a\":\"}{\\\"}\"}",
            "1 {\"a\":2}"),
        row(
            "lines of text between",
            "starting up\n{\"a\":1}\n\n[2026-03-02] a log line\n{\"a\":2}\nbye",
            "1 starting up",
            "2 {\"a\":1}",
            "4 [2026-03-02] a log line",
            "5 {\"a\":2}",
            "6 bye"),
        row(
            "garbage between the alerts of an array",
            "[{\"a\":1}, garbage, \"{x\", {\"a\":2}]",
            "1 {\"a\":1}",
            "1 garbage, \"",
            "1 {x\",",
            "1 {\"a\":2}"),
        row(
            "an alert in an array that breaks off before the next one",
            "[{\"a\":1, {\"a\":2}]",
            "1 {\"a\":1,",
            "1 {\"a\":2}"),
        row(
            "an alert in an array that breaks off in a text before the next one",
            "[{\"a\":\"b, {\"a\":2}, {\"a\":3}]",
            "1 {\"a\":\"b,",
            "1 {\"a\":2}",
            "1 {\"a\":3}"),
        row(
            "text between objects on a line",
            "{\"a\":1} and {\"a\":2}",
            "1 {\"a\":1}",
            "1 and",
            "1 {\"a\":2}"),
        row("an object that a bracket closes", "{\"a\":1] {\"a\":2}", "1 {\"a\":1]", "1 {\"a\":2}"),
        row("text behind an object", "{\"a\":1} and more", "1 {\"a\":1}", "1 and more"),
        row(
            "a line that breaks off",
            "{\"a\":1,\"b\":\n{\"a\":2}",
            "1 {\"a\":1,\"b\":",
            "2 {\"a\":2}"),
        row(
            "a line that breaks off in a text, and a line of text behind it",
            "{\"a\":\"b\nsome text\n{\"a\":2}",
            "1 {\"a\":\"b",
            "2 some text",
            "3 {\"a\":2}"),
        row(
            "a pretty-printed object that breaks off",
            "{\n  \"a\": {\n    \"b\": 1,\n{\"a\":2}",
            "1 {|  \"a\": {|    \"b\": 1,",
            "4 {\"a\":2}"),
        row(
            "an object without indentation that breaks off",
            "{\n\"a\": 1,\n{\"a\":2}",
            "1 {|\"a\": 1,",
            "3 {\"a\":2}"),
        row(
            "an object without indentation that breaks off in a text",
            "{\n\"a\": \"b:\n{\"a\":2}",
            "1 {|\"a\": \"b:",
            "3 {\"a\":2}"),
        row(
            "an object with indentation that breaks off before a value",
            "{\n  \"a\":\n{\"a\":2}",
            "1 {|  \"a\":",
            "3 {\"a\":2}"),
        row(
            "a line that breaks off between keys, and a line of text behind it",
            "{\"a\":1,\nsome text\n{\"a\":2}",
            "1 {\"a\":1,",
            "2 some text",
            "3 {\"a\":2}"),
        row(
            "an object that breaks off in a text, and its rest",
            "{\n  \"a\": \"b\n  \"c\": 1\n}\n{\"a\":2}",
            "1 {|  \"a\": \"b|  \"c\": 1|}",
            "5 {\"a\":2}"),
        row("an object that never ends", "{\"a\":1\n  \"b\":2", "1 {\"a\":1|  \"b\":2"),
        row("brackets that nobody opened", "]\n}", "1 ]", "2 }"));
  }

  private static Arguments row(String sentence, String text, String... events) {
    return Arguments.of(sentence, text, List.of(events));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recordings")
  void eachEventComesOnceWithItsLine(String sentence, String text, List<String> events) {
    List<String> found =
        RecordedEvents.split(text).stream()
            .map(event -> event.line() + " " + event.text().replace('\n', '|'))
            .toList();
    assertEquals(events, found, sentence);
  }

  @Test
  void garbageOfAnyKindTakesTimeInProportion() {
    int length = 4 << 20;
    // CPU time is measured, because other processes use the CPU too.
    ThreadMXBean time = ManagementFactory.getThreadMXBean();
    for (String unit :
        List.of(
            "[",
            "[{}",
            "{",
            "}",
            "[ ",
            "]",
            "\"",
            "\\",
            "{\"a\":",
            "{\n",
            "[\n",
            "[{\n",
            "x\n",
            ",",
            "[1,",
            "{\"a\":\"\n",
            "[{x,",
            "[x{,",
            "{}x{",
            "{\n  \"a\":[\n")) {
      String garbage = unit.repeat(length / unit.length());
      long began = time.getCurrentThreadCpuTime();
      RecordedEvents.split(garbage);
      Duration took = Duration.ofNanos(time.getCurrentThreadCpuTime() - began);
      assertTrue(took.toSeconds() < 10, () -> unit + " took " + took);
    }
  }

  @Test
  void nothingThatIsInARecordingIsLost() {
    Random random = new Random(7);
    String alphabet = "{}[]\",:\\ \nab1";
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String recording = text.toString();
      StringBuilder found = new StringBuilder();
      RecordedEvents.split(recording).forEach(event -> found.append(event.text()));
      assertEquals(letters(recording), letters(found.toString()), () -> "recording: " + recording);
    }
  }

  /**
   * The text that must not be lost: everything except separators and the brackets of arrays around
   * events.
   */
  private static String letters(String text) {
    byte[] kept = text.replaceAll("[\\s,\\[\\]]", "").getBytes(UTF_8);
    return new String(kept, UTF_8);
  }
}
