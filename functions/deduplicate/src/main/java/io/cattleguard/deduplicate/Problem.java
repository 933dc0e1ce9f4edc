package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.trait.Trait;

/**
 * Which state an alert belongs to. Replayed and sample alerts have states of their own, because a
 * real alert after them is not a repeat of something that responders could act on.
 *
 * @param fingerprint what people see as one problem
 * @param key the key of the state
 */
record Problem(String fingerprint, String key) {

  /** The problem of an alert. */
  static Problem of(Alert alert) {
    String fingerprint = Fingerprint.of(alert);
    if (alert.isReal()) {
      return new Problem(fingerprint, fingerprint);
    }
    String mark = alert.has(Trait.REPLAYED) ? Trait.REPLAYED.id() : Trait.SAMPLE.id();
    return new Problem(fingerprint, fingerprint + "/" + mark);
  }
}
