package io.cattleguard.sources.guardduty;

import java.util.ArrayList;
import java.util.List;

/**
 * Interprets a finding's type, {@code ThreatPurpose:ResourceType/ThreatFamily.Mechanism}.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html">Finding
 *     format</a>
 */
record GuardDutyType(boolean isPolicy, List<String> tactics, List<String> techniques) {
  /** Reads the type; a purpose without an ATT&amp;CK tactic gives no tactic. */
  static GuardDutyType of(String type) {
    int colon = type.indexOf(':');
    String purpose = colon < 0 ? type : type.substring(0, colon);
    List<String> tactics = new ArrayList<>(1);
    List<String> techniques = new ArrayList<>(1);
    switch (purpose) {
      case "Recon" -> tactics.add("TA0043");
      case "InitialAccess" -> tactics.add("TA0001");
      case "Execution" -> tactics.add("TA0002");
      case "Persistence" -> tactics.add("TA0003");
      case "PrivilegeEscalation" -> tactics.add("TA0004");
      case "DefenseEvasion" -> tactics.add("TA0005");
      case "CredentialAccess" -> tactics.add("TA0006");
      case "Discovery" -> tactics.add("TA0007");
      case "Exfiltration" -> tactics.add("TA0010");
      case "Impact" -> tactics.add("TA0040");
      case "CryptoCurrency" -> {
        tactics.add("TA0040");
        techniques.add("T1496");
      }
      default -> {
        // The other purposes (Backdoor, Trojan, UnauthorizedAccess, …) are not tactics.
      }
    }
    if (type.contains("/C&CActivity")) {
      tactics.add("TA0011");
    }
    if (type.contains("BruteForce")) {
      addOnce(tactics, "TA0006");
      techniques.add("T1110");
    }
    if (type.endsWith("/ReverseShell")) {
      techniques.add("T1059");
    }
    return new GuardDutyType(purpose.equals("Policy"), tactics, techniques);
  }

  private static void addOnce(List<String> list, String value) {
    if (!list.contains(value)) {
      list.add(value);
    }
  }
}
