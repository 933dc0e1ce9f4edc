package io.cattleguard.deduplicate.inhibition;

import io.cattleguard.events.Severity;
import java.time.Instant;

/**
 * The latest alert of a larger object that mutes symptoms.
 *
 * @param rule the inhibition's name
 * @param scope the values of the fields that its symptoms share
 * @param at when it arrived
 */
public record Inhibitor(String rule, String scope, Severity severity, Instant at) {
  /** Whether it is about the same object as another one. */
  boolean isOf(Inhibitor other) {
    return rule.equals(other.rule) && scope.equals(other.scope);
  }
}
