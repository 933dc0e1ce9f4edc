package io.cattleguard.sources.parsing;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Distinguishes findings of threats from findings of weaknesses. */
public final class Threats {
  private Threats() {}

  /** The traits: a threat of high severity reports an intrusion. */
  public static List<Trait> traits(
      AlertClass alertClass, @Nullable Severity severity, boolean sample) {
    List<Trait> traits = new ArrayList<>(1);
    if (alertClass == AlertClass.RUNTIME
        && severity != null
        && severity.compareTo(Severity.HIGH) >= 0) {
      traits.add(Trait.INTRUSION);
    }
    if (sample) {
      traits.add(Trait.SAMPLE);
    }
    return traits;
  }
}
