package io.cattleguard.events.operator;

import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.text.WireName;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A person's question. It changes nothing.
 *
 * @param since how far back incidents are listed
 * @param incident the id, or its first digits; empty if it is about no incident
 * @param entry the entry of a model whose acceptance is asked for; empty for other questions
 */
public record Question(
    Kind kind, Duration since, String incident, Optional<AcceptableEntry> entry) {
  /** The text that names an incident: its id, or at least its first six digits. */
  public static final Pattern INCIDENT_ID = Pattern.compile("[0-9a-f]{6,32}");

  /** How far back incidents are listed if the person does not say. */
  public static final Duration USUAL = Duration.ofHours(24);

  /** How far back incidents are listed at most. */
  public static final Duration LONGEST = Duration.ofDays(90);

  /** What is asked. */
  public enum Kind implements WireName {
    /** What happened. */
    INCIDENTS,
    /** What is known of one incident. */
    INCIDENT,
    /** What is contained now. */
    CONTAINED,
    /** The silences. */
    SILENCES,
    /** The patch that accepts a deviation in the policy's model. */
    ACCEPT;

    private final String jsonName = WireName.of(this);

    /** The word on the wire, which people type too: {@code incidents}. */
    @Override
    public String jsonName() {
      return jsonName;
    }

    /** The kind with that word, or empty. */
    public static Optional<Kind> named(String word) {
      return WireName.find(values(), word);
    }
  }

  /** A question that is about no entry of a model. */
  public Question(Kind kind, Duration since, String incident) {
    this(kind, since, incident, Optional.empty());
  }

  /** A question for the patch that accepts an entry. */
  public static Question accepting(AcceptableEntry entry) {
    return new Question(Kind.ACCEPT, USUAL, "", Optional.of(entry));
  }

  /** Whether it is within its limits. */
  boolean isSound() {
    return since.isPositive()
        && since.compareTo(LONGEST) <= 0
        && (kind == Kind.ACCEPT) == entry.isPresent()
        && (kind == Kind.INCIDENT ? INCIDENT_ID.matcher(incident).matches() : incident.isEmpty());
  }
}
