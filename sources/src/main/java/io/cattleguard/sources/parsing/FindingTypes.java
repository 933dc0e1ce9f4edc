package io.cattleguard.sources.parsing;

import io.cattleguard.events.AlertClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Determines the behaviour of GuardDuty's finding types, by the table {@code findings.txt},
 * whichever way a finding takes: Security Hub passes them on.
 */
public final class FindingTypes {
  /** The table, whose words also name the class where the type alone determines it. */
  public static final BehaviourTable TABLE = BehaviourTable.of(FindingTypes.class, "findings.txt");

  private static final List<String> CLASSES =
      Arrays.stream(AlertClass.values()).map(AlertClass::jsonName).toList();

  private FindingTypes() {}

  /** The behaviour of a type, whose words are traits only; none for the types of others. */
  public static Behaviour of(@Nullable String type) {
    Behaviour behaviour = TABLE.of(type);
    List<String> traits = new ArrayList<>(behaviour.words());
    traits.removeAll(CLASSES);
    return new Behaviour(behaviour.tactics(), behaviour.techniques(), traits);
  }
}
