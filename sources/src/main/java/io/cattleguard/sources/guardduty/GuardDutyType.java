package io.cattleguard.sources.guardduty;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.FindingTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Interprets a finding's type, {@code ThreatPurpose:ResourceType/ThreatFamily.Mechanism}, by the
 * table of {@link FindingTypes}.
 *
 * @param alertClass the class, if the type alone determines it
 * @see <a
 *     href="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html">Finding
 *     format</a>
 */
record GuardDutyType(Optional<AlertClass> alertClass, Behaviour behaviour, List<String> traits) {
  static final BehaviourTable TYPES = FindingTypes.TABLE;

  /** Reads the type. */
  static GuardDutyType of(String type) {
    Behaviour behaviour = TYPES.of(type);
    List<String> traits = new ArrayList<>(behaviour.words());
    Optional<AlertClass> alertClass = Optional.empty();
    for (AlertClass one : List.of(AlertClass.AUDIT, AlertClass.CONFIGURATION)) {
      if (traits.remove(one.jsonName())) {
        alertClass = Optional.of(one);
      }
    }
    return new GuardDutyType(alertClass, behaviour, traits);
  }

  /**
   * The traits. GuardDuty calls a finding high when a resource is compromised, so such a finding
   * reports an intrusion, unless it is about a weakness.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html">Severity
   *     levels</a>
   */
  List<String> traits(@Nullable Severity severity) {
    boolean grave = severity != null && severity.compareTo(Severity.HIGH) >= 0;
    return grave && !alertClass.equals(Optional.of(AlertClass.CONFIGURATION))
        ? Behaviour.joined(traits, List.of(Alert.INTRUSION))
        : traits;
  }
}
