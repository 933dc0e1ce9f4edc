package io.cattleguard.sensor.intake;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The sensor may skip only events that the parsers would ignore. */
final class RoutineEventsTest {
  private static final AlertReader READER = new AlertReader();
  private static final Origin ORIGIN =
      new Origin(
          "blue", Optional.empty(), Instant.parse("2026-03-02T09:15:00Z"), java.time.Duration.ZERO);
  private static final String EXEC =
      "{\"process_exec\":{\"process\":{\"exec_id\":\"bm9kZS1h\",\"pid\":4242,\"uid\":0,"
          + "\"binary\":\"/bin/sh\",\"arguments\":\"-c \\\"{id}\\\" é\",\"flags\":\"execve\","
          + "\"pod\":{\"namespace\":\"shop\",\"name\":\"web-1\",\"pod_labels\":{\"app\":\"web\"}}},"
          + "\"parent\":{\"pid\":1,\"refcnt\":-1.5e3}},\"node_name\":\"node-a\","
          + "\"time\":\"2026-03-02T09:15:00.5Z\",\"node_labels\":{\"a\":[1,true,null]}}";
  private static final String EXIT = EXEC.replace("process_exec", "process_exit");

  private static boolean isRoutine(String line) {
    return RoutineEvents.isRoutine(line.getBytes(StandardCharsets.UTF_8));
  }

  private static Reading read(String line) {
    return READER.read(line, ORIGIN);
  }

  @Test
  void processesThatStartAndEndArePassedOver() {
    for (String line : List.of(EXEC, EXIT)) {
      assertTrue(isRoutine(line), line);
      assertInstanceOf(Reading.Ignored.class, read(line));
    }
  }

  @Test
  void whatIsOrMightBeAnAlertIsLeftToTheParsers() {
    for (String line :
        List.of(
            EXEC.replace("process_exec", "process_kprobe"),
            EXEC.replace("\"parent\"", "\"policy_name\":\"p\",\"parent\""),
            EXEC.replace("\"node_name\"", "\"process_kprobe\":{\"process\":{}},\"node_name\""),
            EXEC.replace("\"node_name\"", "\"process_exec\":1,\"node_name\""),
            EXEC.replace("\"node_name\"", "\"rule\":\"r\",\"output\":\"o\",\"node_name\""),
            EXEC.replace("\"process\":{", "\"other\":{"),
            EXEC.replace("\"policy", "\"\\u0070olicy"),
            EXEC.replace("\"parent\"", "\"policy\\u005fname\":\"p\",\"parent\""),
            EXEC.replace("4242", "9".repeat(2_000)),
            EXEC + EXIT,
            EXEC + "]",
            " " + EXEC,
            "[" + EXEC + "]",
            "{\"process_exec\":{",
            "")) {
      if (isRoutine(line)) {
        assertInstanceOf(Reading.Ignored.class, read(line), line);
      }
      assertFalse(isRoutine(line) && !line.equals(EXEC), line);
    }
  }

  @Test
  void ofADamagedLineNothingIsPassedOverThatTheParsersWouldNotIgnore() {
    Random random = new Random(11);
    int passedOver = 0;
    for (int i = 0; i < 30_000; i++) {
      StringBuilder line = new StringBuilder(random.nextBoolean() ? EXEC : EXIT);
      for (int change = random.nextInt(3); change >= 0; change--) {
        int at = random.nextInt(line.length());
        switch (random.nextInt(4)) {
          case 0 -> line.deleteCharAt(at);
          case 1 -> line.insert(at, "{}[],:\"\\0-.eE\u0001é".charAt(random.nextInt(15)));
          case 2 -> line.setLength(at + 1);
          default -> line.insert(at, line.substring(at, Math.min(line.length(), at + 20)));
        }
      }
      String text = line.toString();
      if (isRoutine(text)) {
        passedOver++;
        assertInstanceOf(Reading.Ignored.class, read(text), text);
      }
    }
    assertTrue(passedOver > 500, passedOver + " passed over");
  }

  @Test
  void aLineThatIsNotUtf8IsLeftToTheParsers() {
    byte[] line = EXEC.getBytes(StandardCharsets.UTF_8);
    line[EXEC.indexOf("/bin/sh") + 2] = (byte) 0xff;
    assertFalse(RoutineEvents.isRoutine(line));
  }
}
