package io.cattleguard.models;

import java.util.Locale;

/** What a model is used for. People set it in the model's file. */
public enum Mode {
  /** What is new is proposed for the model. Only what intruders do is a deviation. */
  LEARNING,
  /** What is new is a deviation, and an alert that people review; no playbook acts on it. */
  OBSERVING,
  /** What is new is a deviation, and an alert that playbooks may act on. */
  ENFORCING;

  /** The name in a model file. */
  public String jsonName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
