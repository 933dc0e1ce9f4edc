package io.cattleguard.sources.parsing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Determines the behaviour of GuardDuty's finding types, by the table {@code findings.txt},
 * whichever way a finding takes: Security Hub passes them on.
 */
public final class FindingTypes {
  /** The table, whose words also name the class where the type alone determines it. */
  public static final BehaviourTable TABLE = BehaviourTable.of(FindingTypes.class, "findings.txt");

  private FindingTypes() {}

  /** The behaviour of a type, without the words for the class; none for the types of others. */
  public static Behaviour of(@Nullable String type) {
    Behaviour behaviour = TABLE.of(type);
    return new Behaviour(
        behaviour.tactics(), behaviour.techniques(), behaviour.traits(), List.of());
  }
}
