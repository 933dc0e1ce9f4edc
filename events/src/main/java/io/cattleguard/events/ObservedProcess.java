package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/** The process of an alert, as far as the source reports it. */
public record ObservedProcess(
    @Nullable String executable,
    @Nullable String name,
    @Nullable String commandLine,
    @Nullable String parent,
    @Nullable String user) {

  /** No process is known. */
  public static final ObservedProcess UNKNOWN = new ObservedProcess(null, null, null, null, null);
}
