package io.cattleguard.app.board.page;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.respond.action.Mode;
import java.util.Optional;

/**
 * A short highlighted word. Its mark says the same as its colour.
 *
 * @param tone {@code good}, {@code warn}, {@code alarm} or {@code plain}, a class of the style
 *     sheet
 * @param mark a character for people who do not see the colour
 */
public record Chip(String tone, String mark, String text) {
  private static final String GOOD = "good";
  private static final String WARN = "warn";
  private static final String ALARM = "alarm";
  private static final String PLAIN = "plain";

  static Chip of(IncidentState state) {
    String text = state.jsonName().replace('-', ' ');
    return switch (state) {
      case CONTAINED -> new Chip(GOOD, "✓", text);
      case RELEASED -> new Chip(PLAIN, "↺", text);
      case AWAITING_APPROVAL -> new Chip(WARN, "?", text);
      case REQUESTED, REFUSED -> new Chip(WARN, "!", text);
      case OPEN -> new Chip(PLAIN, "●", text);
      case FAILED -> new Chip(ALARM, "✕", text);
    };
  }

  /** An open incident alarms if it is severe. */
  static Chip of(IncidentSummary one) {
    Chip chip = of(one.state());
    return one.state() == IncidentState.OPEN && isGrave(one)
        ? new Chip(ALARM, chip.mark(), chip.text())
        : chip;
  }

  /** Whether people have to look at it if nothing contained it. */
  static boolean isGrave(IncidentSummary one) {
    return one.severity().filter(has -> has.compareTo(Severity.HIGH) >= 0).isPresent();
  }

  static Chip of(ResponseOutcome outcome) {
    String text = outcome.jsonName().replace('-', ' ');
    return switch (outcome) {
      case TAKEN, EXTENDED -> new Chip(GOOD, "✓", text);
      case RELEASED -> new Chip(PLAIN, "↺", text);
      case OBSERVED -> new Chip(PLAIN, "○", text);
      case AWAITING_APPROVAL -> new Chip(WARN, "?", text);
      case REQUESTED, REFUSED -> new Chip(WARN, "!", text);
      case FAILED -> new Chip(ALARM, "✕", text);
    };
  }

  static Chip of(Optional<Severity> severity) {
    return severity
        .map(
            one ->
                new Chip(
                    switch (one) {
                      case CRITICAL, FATAL -> ALARM;
                      case HIGH -> WARN;
                      case INFORMATIONAL, LOW, MEDIUM -> PLAIN;
                    },
                    "",
                    one.jsonName()))
        .orElse(new Chip(PLAIN, "", "no severity"));
  }

  static Chip mode(Mode mode) {
    return switch (mode) {
      case ENFORCE -> new Chip(GOOD, "✓", "enforce");
      case APPROVE -> new Chip(WARN, "?", "approve");
      case OBSERVE -> new Chip(PLAIN, "○", "observe");
    };
  }

  static Chip good(String text) {
    return new Chip(GOOD, "✓", text);
  }

  static Chip warn(String text) {
    return new Chip(WARN, "!", text);
  }

  static Chip alarm(String text) {
    return new Chip(ALARM, "✕", text);
  }

  static Chip plain(String text) {
    return new Chip(PLAIN, "", text);
  }
}
