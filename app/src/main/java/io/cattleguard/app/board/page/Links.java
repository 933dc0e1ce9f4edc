package io.cattleguard.app.board.page;

import io.cattleguard.events.deviation.AcceptableEntry;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The addresses of pages. Text from an event is only ever a query value. */
public final class Links {
  private Links() {}

  /** The page of an incident. */
  public static String incident(String id) {
    return query("/incident", Map.of("id", id));
  }

  /** The page that shows what accepting a deviation changes. */
  static String accept(String incident, AcceptableEntry entry) {
    return accepting("/accept", incident, entry);
  }

  /** The patch of that page, as a file. */
  static String patch(String incident, AcceptableEntry entry) {
    return accepting("/accept.patch", incident, entry);
  }

  private static String accepting(String path, String incident, AcceptableEntry entry) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("id", incident);
    values.put("entry", entry.text());
    return query(path, values);
  }

  /** The page that asks for the reason of a command. */
  static String ask(Verb verb, String id, String incident) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("verb", verb.word());
    if (!id.isEmpty()) {
      values.put("id", id);
    }
    if (!incident.isEmpty()) {
      values.put("incident", incident);
    }
    return query("/do", values);
  }

  static String query(String path, Map<String, String> values) {
    return values.isEmpty()
        ? path
        : path
            + "?"
            + values.entrySet().stream()
                .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
                .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
