package io.cattleguard.sources.kubescape;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An alert of Kubescape, whichever exporter sent it. */
sealed interface KubescapeAlert permits LabelledAlert, DetailedAlert {
  /** The text of the alert's own id, or an empty one. */
  String identity();

  @Nullable String rule();

  @Nullable String ruleId();

  @Nullable Severity severity();

  /** What happened, in the rule's words. */
  @Nullable String title();

  List<Trait> traits();

  Target.Builder target();

  ObservedProcess process();

  ObservedConnection network();

  @Nullable String file();

  @Nullable Instant observedAt();
}
