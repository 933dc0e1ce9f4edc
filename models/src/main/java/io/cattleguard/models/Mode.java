package io.cattleguard.models;

import java.util.Locale;

/** What a model is used for. People set it in the model's file. */
public enum Mode {
  /** What is new is proposed for the model. Only what intruders do is a deviation. */
  LEARNING,
  /** What is new is a deviation, and an alert that no playbook acts on by itself. */
  OBSERVING,
  /** What is new is a deviation, and an alert that playbooks may act on. */
  ENFORCING;

  /** The name in a model file. */
  public String jsonName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
