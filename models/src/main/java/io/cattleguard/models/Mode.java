package io.cattleguard.models;

import java.util.Locale;

/** The use of a model. People set it in the model's file. */
public enum Mode {
  /**
   * New behaviour is proposed for the model. Only typical behaviour of intruders is a deviation.
   */
  LEARNING,
  /** New behaviour is a deviation, and an alert that people review; no playbook acts on it. */
  OBSERVING,
  /** New behaviour is a deviation, and an alert that playbooks may act on. */
  ENFORCING;

  /** The name in a model file. */
  public String jsonName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
