package io.cattleguard.app.init;

import java.util.List;

/** What wakes people, and the variables that its settings name. */
enum Pager {
  NONE(List.of()),
  PAGERDUTY(List.of("CATTLEGUARD_PAGERDUTY_KEY"));

  /** The environment variables to set. */
  final List<String> variables;

  Pager(List<String> variables) {
    this.variables = variables;
  }
}
