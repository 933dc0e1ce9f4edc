package io.cattleguard.models;

/** When in a container's life something happened. */
public enum Phase {
  /** Within {@link Observations#STARTUP} of the container's start. */
  STARTUP,
  /** After it. */
  RUNNING,
  /** The source does not say when the container started. */
  UNKNOWN
}
