package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Corpora;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A table of events and their expected readings: a line {@code file:line}, and below it every field
 * of the reading, so that an additional field fails as well.
 */
public record ExpectedReadings(Map<String, Map<String, String>> byEvent) {
  /** A placeholder for a personal name, which the table does not repeat. */
  static final String SOMEBODY = "(somebody)";

  public static ExpectedReadings of(String resource) {
    Map<String, Map<String, String>> events = new LinkedHashMap<>();
    Map<String, String> fields = new TreeMap<>();
    for (String line : text(resource).split("\n", -1)) {
      if (line.startsWith("  ")) {
        int equals = line.indexOf(" = ");
        fields.put(line.substring(2, equals), line.substring(equals + 3));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        fields = new TreeMap<>();
        events.put(line, fields);
      }
    }
    return new ExpectedReadings(events);
  }

  /** Compares every event of a folder of samples with that table. */
  public static void assertSamples(String table, String folder) {
    Map<String, String> files = new LinkedHashMap<>();
    for (String name : ContractFiles.names("samples")) {
      if (name.startsWith(folder + "/")) {
        files.put(name, ContractFiles.text("samples", name));
      }
    }
    assertRead(table, files);
  }

  /** Compares every recorded event of some folders with that table; skipped if there are none. */
  public static void assertCorpora(String table, String... folders) {
    Path root = Corpora.folder();
    Map<String, String> files = new LinkedHashMap<>();
    for (Path file : Corpora.files(folders)) {
      files.put(root.relativize(file).toString(), Corpora.read(file));
    }
    assertRead(table, files);
  }

  private static void assertRead(String table, Map<String, String> files) {
    AlertReader reader = new AlertReader();
    Map<String, Map<String, String>> expected = of(table).byEvent();
    Map<String, Map<String, String>> actual = new LinkedHashMap<>();
    files.forEach(
        (name, text) -> {
          for (RecordedEvent event : RecordedEvents.split(text)) {
            String at = name + ":" + event.line();
            for (ReadEvent one : reader.readAll(event.text(), new Origin(null, Instant.EPOCH))) {
              // The second event of an envelope has no line of its own.
              String key = actual.containsKey(at) ? at + "+" + actual.size() : at;
              actual.put(key, fields(one.reading()));
            }
          }
        });
    assertFalse(actual.isEmpty(), "no events");
    assertEquals(expected.keySet(), actual.keySet(), "the table has a row for each event");
    assertAll(
        actual.entrySet().stream()
            .map(
                row ->
                    () ->
                        assertEquals(
                            expected.get(row.getKey()),
                            hideSomebody(
                                row.getValue(), expected.getOrDefault(row.getKey(), Map.of())),
                            row.getKey())));
  }

  private static Map<String, String> hideSomebody(
      Map<String, String> actual, Map<String, String> expected) {
    Map<String, String> hidden = new TreeMap<>(actual);
    hidden.replaceAll((key, value) -> SOMEBODY.equals(expected.get(key)) ? SOMEBODY : value);
    return hidden;
  }

  private static String text(String resource) {
    try (InputStream in = ExpectedReadings.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no such resource: " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A reading's fields as the table writes them. */
  static Map<String, String> fields(Reading reading) {
    return switch (reading) {
      case Reading.Ignored ignored -> Map.of("ignored", ignored.reason());
      case Reading.Unreadable unreadable -> Map.of("unreadable", unreadable.reason());
      case Reading.Read read -> {
        Map<String, String> fields = new TreeMap<>();
        ObjectNode alert = AlertJson.write(read.alert());
        alert.remove(List.of("id", "source", "raw"));
        if (read.alert().count() == 1) {
          alert.remove("count");
        }
        collect("", alert, fields);
        yield fields;
      }
    };
  }

  private static void collect(String prefix, JsonNode node, Map<String, String> fields) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      String key = prefix + field.getKey();
      if (value.isObject()) {
        collect(key + ".", value, fields);
      } else if (value.isArray()) {
        List<String> texts = new ArrayList<>();
        value.forEach(text -> texts.add(text.asText()));
        fields.put(key, String.join("; ", texts));
      } else {
        fields.put(key, value.asText());
      }
    }
  }
}
