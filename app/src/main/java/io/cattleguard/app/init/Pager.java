package io.cattleguard.app.init;

import java.util.List;

/** The pager, and the variables that its settings name. */
enum Pager {
  NONE,
  PAGERDUTY;

  /** The environment variables to set. */
  List<String> variables() {
    return switch (this) {
      case NONE -> List.of();
      case PAGERDUTY -> List.of("CATTLEGUARD_PAGERDUTY_KEY");
    };
  }
}
