package io.cattleguard.respond.aws.waf;

/** Whether a web request from an address matches a statement of a rule. */
enum Match {
  YES,
  NO,
  /** It depends on the request, or on parts that were not read. */
  MAYBE;

  /** Whether it does not match. */
  Match negated() {
    return switch (this) {
      case YES -> NO;
      case NO -> YES;
      case MAYBE -> MAYBE;
    };
  }

  /** Whether it matches both. */
  Match and(Match other) {
    if (this == NO || other == NO) {
      return NO;
    }
    return this == YES && other == YES ? YES : MAYBE;
  }

  /** Whether it matches one or both. */
  Match or(Match other) {
    return negated().and(other.negated()).negated();
  }
}
