package io.cattleguard.events;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One security event, normalised: what every step of the road reads, whatever wrote it.
 *
 * <p>Text in it is an attacker's: parsers bound it and make control characters visible ({@link
 * HostileText}); whoever shows it escapes it for where it goes.
 *
 * @param id deterministic: the same event read twice has the same id
 * @param source {@code falco}, {@code tetragon}, {@code guardduty}, …
 * @param rule the source's own rule name, absent where the event has none
 * @param severity absent where the source says none, or one we do not know
 * @param tactics MITRE ATT&amp;CK tactics, {@code TA0002}
 * @param techniques MITRE ATT&amp;CK techniques, {@code T1059.004}
 * @param traits what the source says the container or process may do: {@code privileged}, {@code
 *     dropped-executable}, …
 * @param file the path that was touched
 * @param observedAt when it happened, absent where the event does not say
 * @param count how many events this one stands for, at least 1
 * @param notes what could not be read, a sentence each
 * @param raw the event, untouched, as the text that arrived
 */
public record Alert(
    String id,
    AlertClass alertClass,
    String source,
    @Nullable String rule,
    @Nullable Severity severity,
    List<String> tactics,
    List<String> techniques,
    List<String> traits,
    Target target,
    ObservedProcess process,
    ObservedConnection network,
    @Nullable String file,
    @Nullable Instant observedAt,
    long count,
    List<String> notes,
    String raw) {
  /**
   * Trait of an alert that its source made up as an example. Such an alert never causes an action.
   */
  public static final String SAMPLE = "sample";

  /** Copies the lists; refuses a count below 1. */
  public Alert {
    tactics = List.copyOf(tactics);
    techniques = List.copyOf(techniques);
    traits = List.copyOf(traits);
    notes = List.copyOf(notes);
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, is " + count);
    }
  }

  /** The same alert, standing for that many events. */
  public Alert withCount(long events) {
    return new Alert(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        events,
        notes,
        raw);
  }

  /** The same alert with one more note. */
  public Alert withNote(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Alert(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        count,
        more,
        raw);
  }
}
