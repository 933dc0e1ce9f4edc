package io.cattleguard.record;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Points;
import io.cattleguard.events.Target;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The headline of an incident: its alert with the highest score.
 *
 * @param id of the alert
 * @param subject what the incident is about, in the words of score; empty if unknown
 * @param title what happened, in the source's words, or the rule's name
 * @param reasons the reasons of the score
 * @param place the object, with bounded text
 */
public record Headline(
    String id,
    int score,
    List<Points> reasons,
    Optional<AlertClass> alertClass,
    Instant at,
    String subject,
    String title,
    Target place) {
  static final Comparator<Headline> ORDER =
      Comparator.comparingInt(Headline::score)
          .thenComparing(Headline::at, Comparator.reverseOrder())
          .thenComparing(Headline::id)
          .thenComparing(Headline::toString);

  /** Copies the reasons. */
  public Headline {
    reasons = List.copyOf(reasons);
  }
}
