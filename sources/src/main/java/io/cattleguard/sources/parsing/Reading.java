package io.cattleguard.sources.parsing;

import io.cattleguard.events.Alert;

/** The result of reading one event. */
public sealed interface Reading {
  /** The event is an alert. */
  record Read(Alert alert) implements Reading {}

  /** The event was understood and is not an alert: a metrics snapshot, a plain process event, … */
  record Ignored(String reason) implements Reading {}

  /** The event could not be read; the reason says why and, if known, what it looks like. */
  record Unreadable(String reason) implements Reading {}
}
