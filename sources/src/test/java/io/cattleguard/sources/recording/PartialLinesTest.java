package io.cattleguard.sources.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines that a container runtime split are joined to one event. */
final class PartialLinesTest {
  private static final String AT = "2026-03-02T09:15:00.5Z ";

  private static List<RecordedEvent> joined(String... lines) {
    List<RecordedEvent> events = new ArrayList<>();
    Iterator<RecordedEvent> all = PartialLines.joined(RecordedEvents.of(String.join("\n", lines)));
    all.forEachRemaining(events::add);
    return events;
  }

  private static RecordedEvent event(int line, String text) {
    return new RecordedEvent(line, text);
  }

  @Test
  void partsAreJoinedUpToTheLastOne() {
    assertEquals(
        List.of(event(1, AT + "stdout P {\"a\":1,\"b\":2}"), event(4, "{}")),
        joined(AT + "stdout P {\"a\":1,", AT + "stdout P \"b\":", AT + "stdout F 2}", "{}"));
  }

  @Test
  void streamsAndPodsDoNotMix() {
    assertEquals(
        List.of(
            event(2, AT + "stderr F text"),
            event(1, AT + "stdout P {\"a\":1}"),
            event(3, "pod-b falco " + AT + "stdout P {\"b\":2}")),
        joined(
            AT + "stdout P {\"a\":",
            AT + "stderr F text",
            "pod-b falco " + AT + "stdout P {\"b\":",
            AT + "stdout F 1}",
            "pod-b falco " + AT + "stdout F 2}"));
  }

  @Test
  void whatNeverEndsIsAnEventAfterAllOthers() {
    assertEquals(
        List.of(event(2, "{}"), event(1, AT + "stdout P {\"a\":")),
        joined(AT + "stdout P {\"a\":", "{}"));
  }

  @Test
  void endlessPartsAreLetGoBeforeTheyFillTheMemory() {
    String[] lines = new String[40];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = AT + "stdout P " + "x".repeat(1 << 20);
    }
    List<RecordedEvent> events = joined(lines);
    assertEquals(5, events.size());
    assertEquals(
        40 << 20, events.stream().mapToInt(one -> one.text().length() - AT.length() - 9).sum());
  }

  @Test
  void aWholeLineStaysAsItIs() {
    assertEquals(List.of(event(1, AT + "stdout F {\"a\":1}")), joined(AT + "stdout F {\"a\":1}"));
  }
}
