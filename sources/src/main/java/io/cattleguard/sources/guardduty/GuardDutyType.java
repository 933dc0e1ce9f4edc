package io.cattleguard.sources.guardduty;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.FindingTypes;
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
record GuardDutyType(Optional<AlertClass> alertClass, Behaviour behaviour) {
  static final BehaviourTable TYPES = FindingTypes.TABLE;

  /** Reads the type. */
  static GuardDutyType of(String type) {
    Behaviour behaviour = TYPES.of(type);
    Optional<AlertClass> alertClass = Optional.empty();
    for (AlertClass one : List.of(AlertClass.AUDIT, AlertClass.CONFIGURATION)) {
      if (behaviour.words().contains(one.jsonName())) {
        alertClass = Optional.of(one);
      }
    }
    return new GuardDutyType(alertClass, behaviour);
  }

  /**
   * The traits. GuardDuty calls a finding high when a resource is compromised, so such a finding
   * reports an intrusion, unless it is about a weakness.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html">Severity
   *     levels</a>
   */
  List<Trait> traits(@Nullable Severity severity) {
    boolean grave = severity != null && severity.compareTo(Severity.HIGH) >= 0;
    return grave && !alertClass.equals(Optional.of(AlertClass.CONFIGURATION))
        ? Behaviour.joined(behaviour.traits(), List.of(Trait.INTRUSION))
        : behaviour.traits();
  }
}
