package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/** The process that an alert is about, as far as the source named it. */
public record ObservedProcess(
    @Nullable String executable,
    @Nullable String name,
    @Nullable String commandLine,
    @Nullable String parent,
    @Nullable String user) {

  /** Nothing known. */
  public static final ObservedProcess UNKNOWN = new ObservedProcess(null, null, null, null, null);
}
