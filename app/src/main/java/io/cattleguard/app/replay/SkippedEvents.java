package io.cattleguard.app.replay;

import io.cattleguard.sources.recording.RecordedEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The events that are not alerts, each with its file, line and reason. */
final class SkippedEvents {
  private final List<SkippedEvent> all = new ArrayList<>();
  private final Map<String, String> reasons = new HashMap<>();

  /** One event that is not an alert. */
  record SkippedEvent(String file, int line, String reason) {
    String place() {
      return file + ":" + line;
    }
  }

  void add(String file, RecordedEvent event, String reason) {
    String same = reasons.computeIfAbsent(reason, first -> first);
    all.add(new SkippedEvent(file, event.line(), same));
  }

  List<SkippedEvent> all() {
    return all;
  }

  /** The events in groups with a similar reason, the largest group first. */
  List<List<SkippedEvent>> byReason() {
    Map<String, List<SkippedEvent>> groups = new LinkedHashMap<>();
    for (SkippedEvent one : all) {
      groups.computeIfAbsent(kind(one.reason), kind -> new ArrayList<>()).add(one);
    }
    return groups.values().stream()
        .sorted((one, other) -> Integer.compare(other.size(), one.size()))
        .toList();
  }

  /** Cuts off the end of a reason that is particular to its event. */
  private static String kind(String reason) {
    int end = reason.length();
    for (String mark : List.of(" '", "; ", " (")) {
      int at = reason.indexOf(mark);
      end = at > 0 ? Math.min(end, at) : end;
    }
    return reason.substring(0, end);
  }
}
