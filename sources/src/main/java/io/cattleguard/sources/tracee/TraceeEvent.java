package io.cattleguard.sources.tracee;

import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Behaviour;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An event of Tracee, whichever format it has. */
sealed interface TraceeEvent permits OlderEvent, NewerEvent {
  /** Whether a signature or detector made the event, and not a tracer. */
  boolean isSignature();

  @Nullable String name();

  /** The detection, as text for people. */
  @Nullable String title();

  @Nullable Severity severity();

  Behaviour attack();

  Target.Builder target();

  @Nullable String executable();

  @Nullable String program();

  @Nullable String parent();

  @Nullable String user();

  TraceeArguments arguments();

  @Nullable Instant observedAt();
}
