package io.cattleguard.events.attack;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A tactic of MITRE ATT&amp;CK. The order is that of the matrix, which is the order of an attack.
 *
 * @see <a href="https://attack.mitre.org/matrices/enterprise/">ATT&amp;CK, Enterprise</a>
 */
public enum Tactic {
  RECONNAISSANCE("TA0043", "Reconnaissance"),
  RESOURCE_DEVELOPMENT("TA0042", "Resource Development"),
  INITIAL_ACCESS("TA0001", "Initial Access"),
  EXECUTION("TA0002", "Execution"),
  PERSISTENCE("TA0003", "Persistence"),
  PRIVILEGE_ESCALATION("TA0004", "Privilege Escalation"),
  DEFENSE_EVASION("TA0005", "Defense Evasion"),
  CREDENTIAL_ACCESS("TA0006", "Credential Access"),
  DISCOVERY("TA0007", "Discovery"),
  LATERAL_MOVEMENT("TA0008", "Lateral Movement"),
  COLLECTION("TA0009", "Collection"),
  COMMAND_AND_CONTROL("TA0011", "Command and Control"),
  EXFILTRATION("TA0010", "Exfiltration"),
  IMPACT("TA0040", "Impact");

  private static final Map<String, Tactic> BY_ID = by(Tactic::id);
  private static final Map<String, Tactic> BY_WORD =
      by(tactic -> tactic.name().toLowerCase(Locale.ROOT));

  private final String id;
  private final String title;

  Tactic(String id, String title) {
    this.id = id;
    this.title = title;
  }

  private static Map<String, Tactic> by(Function<Tactic, String> key) {
    return Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(key, one -> one));
  }

  /** MITRE's id: {@code TA0004}. */
  public String id() {
    return id;
  }

  /** MITRE's name: {@code Privilege Escalation}. */
  public String title() {
    return title;
  }

  /** All ids, in the order of an attack. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Tactic::id).toList();
  }

  /** The tactic with that id, or empty. */
  public static Optional<Tactic> of(String id) {
    return Optional.ofNullable(BY_ID.get(id));
  }

  /** The tactic that tags of rules write as {@code privilege_escalation}, or empty. */
  public static Optional<Tactic> ofWord(String word) {
    return Optional.ofNullable(BY_WORD.get(word));
  }
}
