package io.cattleguard.events.deviation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The entry that a person would accept in a model so that it is no deviation any more.
 *
 * <p>Both texts come from the workload, so from an intruder. There is none if one of them has a
 * character with a meaning in a shell, in Slack or on a terminal, because people paste the command,
 * or if it is unusually long: an incident's record keeps several.
 *
 * @param model the model's workload, {@code cluster/namespace/Kind/name/container}
 * @param entry as {@code cattleguard model accept} takes it
 */
public record AcceptableEntry(String model, String entry) implements Comparable<AcceptableEntry> {
  /** The key that makes an event a deviation. */
  public static final String KEY = "cattleguardDeviation";

  /** The source of deviations. */
  private static final String SOURCE = "cattleguard";

  /** Longer than any deviation that learn publishes. */
  private static final int LONGEST_EVENT = 32_768;

  private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]{4,199}");
  private static final Pattern ENTRY =
      Pattern.compile("(?:program|listener|peer|file):[A-Za-z0-9._/:@+*<>,=~%^#-]{1,150}");

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
                  .build())
          .build();

  /** Checks that both texts can be pasted. */
  public AcceptableEntry {
    if (!MODEL.matcher(model).matches() || !ENTRY.matcher(entry).matches()) {
      throw new IllegalArgumentException("not safe to paste");
    }
  }

  /** An entry of a model; empty if it is not safe to paste. */
  public static Optional<AcceptableEntry> of(String model, String entry) {
    return MODEL.matcher(model).matches() && ENTRY.matcher(entry).matches()
        ? Optional.of(new AcceptableEntry(model, entry))
        : Optional.empty();
  }

  /**
   * The entry that an alert about a deviation names; empty for other alerts, and for an alert
   * without its raw event.
   */
  public static Optional<AcceptableEntry> of(Alert alert) {
    String raw = alert.raw();
    if (!alert.source().equals(SOURCE) || raw.isEmpty() || raw.length() > LONGEST_EVENT) {
      return Optional.empty();
    }
    try {
      JsonNode in = JSON.readTree(raw).path(KEY);
      return of(in.path("model").asText(""), in.path("entry").asText(""));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Reads what {@link #text} wrote; empty if it is something else. */
  public static Optional<AcceptableEntry> parse(String text) {
    int space = text.indexOf(' ');
    return space < 0 ? Optional.empty() : of(text.substring(0, space), text.substring(space + 1));
  }

  /** Both texts, with a space between them. */
  public String text() {
    return model + " " + entry;
  }

  /** The command that prints the patch, for a shell. */
  public String command() {
    return "./cattleguard model accept '" + model + "' '" + entry + "'";
  }

  @Override
  public int compareTo(AcceptableEntry other) {
    return text().compareTo(other.text());
  }
}
