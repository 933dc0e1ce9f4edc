package io.cattleguard.sources.parsing;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Distinguishes findings of threats from findings of weaknesses. */
public final class Threats {
  private Threats() {}

  /** The traits: a threat of high severity reports an intrusion. */
  public static List<String> traits(
      AlertClass alertClass, @Nullable Severity severity, boolean sample) {
    List<String> traits = new ArrayList<>(1);
    if (alertClass == AlertClass.RUNTIME
        && severity != null
        && severity.compareTo(Severity.HIGH) >= 0) {
      traits.add(Alert.INTRUSION);
    }
    if (sample) {
      traits.add(Alert.SAMPLE);
    }
    return traits;
  }
}
