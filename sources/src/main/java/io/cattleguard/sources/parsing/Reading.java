package io.cattleguard.sources.parsing;

import io.cattleguard.events.Alert;

/** What became of one event that somebody handed in: exactly one of these, never none. */
public sealed interface Reading {
  /** It is an alert. */
  record Read(Alert alert) implements Reading {}

  /** It was understood and is no alert: a metrics snapshot, a bare process event, … */
  record Ignored(String reason) implements Reading {}

  /** It could not be understood; the reason says what and, where known, what it looks like. */
  record Unreadable(String reason) implements Reading {}
}
