package io.cattleguard.route.ocsf;

import io.cattleguard.events.attack.Tactic;
import java.util.Map;
import java.util.Optional;

/**
 * MITRE's names of tactics, and of the techniques that runtime sensors report. Alerts have only
 * ids; a SIEM shows the names.
 *
 * @see <a href="https://attack.mitre.org/matrices/enterprise/">ATT&amp;CK, Enterprise</a>
 */
public final class AttackNames {
  private static final Map<String, String> TECHNIQUES =
      Map.ofEntries(
          Map.entry("T1003", "OS Credential Dumping"),
          Map.entry("T1005", "Data from Local System"),
          Map.entry("T1014", "Rootkit"),
          Map.entry("T1016", "System Network Configuration Discovery"),
          Map.entry("T1018", "Remote System Discovery"),
          Map.entry("T1020", "Automated Exfiltration"),
          Map.entry("T1021", "Remote Services"),
          Map.entry("T1021.004", "SSH"),
          Map.entry("T1027", "Obfuscated Files or Information"),
          Map.entry("T1036", "Masquerading"),
          Map.entry("T1037", "Boot or Logon Initialization Scripts"),
          Map.entry("T1040", "Network Sniffing"),
          Map.entry("T1041", "Exfiltration Over C2 Channel"),
          Map.entry("T1046", "Network Service Discovery"),
          Map.entry("T1048", "Exfiltration Over Alternative Protocol"),
          Map.entry("T1049", "System Network Connections Discovery"),
          Map.entry("T1053", "Scheduled Task/Job"),
          Map.entry("T1053.003", "Cron"),
          Map.entry("T1053.007", "Container Orchestration Job"),
          Map.entry("T1055", "Process Injection"),
          Map.entry("T1055.008", "Ptrace System Calls"),
          Map.entry("T1055.009", "Proc Memory"),
          Map.entry("T1057", "Process Discovery"),
          Map.entry("T1059", "Command and Scripting Interpreter"),
          Map.entry("T1059.004", "Unix Shell"),
          Map.entry("T1059.006", "Python"),
          Map.entry("T1068", "Exploitation for Privilege Escalation"),
          Map.entry("T1069", "Permission Groups Discovery"),
          Map.entry("T1070", "Indicator Removal"),
          Map.entry("T1070.002", "Clear Linux or Mac System Logs"),
          Map.entry("T1070.003", "Clear Command History"),
          Map.entry("T1070.004", "File Deletion"),
          Map.entry("T1071", "Application Layer Protocol"),
          Map.entry("T1071.001", "Web Protocols"),
          Map.entry("T1071.004", "DNS"),
          Map.entry("T1078", "Valid Accounts"),
          Map.entry("T1078.001", "Default Accounts"),
          Map.entry("T1078.004", "Cloud Accounts"),
          Map.entry("T1082", "System Information Discovery"),
          Map.entry("T1083", "File and Directory Discovery"),
          Map.entry("T1087", "Account Discovery"),
          Map.entry("T1090", "Proxy"),
          Map.entry("T1095", "Non-Application Layer Protocol"),
          Map.entry("T1098", "Account Manipulation"),
          Map.entry("T1098.004", "SSH Authorized Keys"),
          Map.entry("T1105", "Ingress Tool Transfer"),
          Map.entry("T1110", "Brute Force"),
          Map.entry("T1133", "External Remote Services"),
          Map.entry("T1136", "Create Account"),
          Map.entry("T1140", "Deobfuscate/Decode Files or Information"),
          Map.entry("T1190", "Exploit Public-Facing Application"),
          Map.entry("T1204", "User Execution"),
          Map.entry("T1204.003", "Malicious Image"),
          Map.entry("T1222", "File and Directory Permissions Modification"),
          Map.entry("T1485", "Data Destruction"),
          Map.entry("T1486", "Data Encrypted for Impact"),
          Map.entry("T1489", "Service Stop"),
          Map.entry("T1496", "Resource Hijacking"),
          Map.entry("T1498", "Network Denial of Service"),
          Map.entry("T1499", "Endpoint Denial of Service"),
          Map.entry("T1505", "Server Software Component"),
          Map.entry("T1505.003", "Web Shell"),
          Map.entry("T1526", "Cloud Service Discovery"),
          Map.entry("T1528", "Steal Application Access Token"),
          Map.entry("T1530", "Data from Cloud Storage"),
          Map.entry("T1543", "Create or Modify System Process"),
          Map.entry("T1546", "Event Triggered Execution"),
          Map.entry("T1547", "Boot or Logon Autostart Execution"),
          Map.entry("T1547.006", "Kernel Modules and Extensions"),
          Map.entry("T1548", "Abuse Elevation Control Mechanism"),
          Map.entry("T1548.001", "Setuid and Setgid"),
          Map.entry("T1552", "Unsecured Credentials"),
          Map.entry("T1552.001", "Credentials In Files"),
          Map.entry("T1552.004", "Private Keys"),
          Map.entry("T1552.005", "Cloud Instance Metadata API"),
          Map.entry("T1552.007", "Container API"),
          Map.entry("T1555", "Credentials from Password Stores"),
          Map.entry("T1556", "Modify Authentication Process"),
          Map.entry("T1562", "Impair Defenses"),
          Map.entry("T1562.001", "Disable or Modify Tools"),
          Map.entry("T1564", "Hide Artifacts"),
          Map.entry("T1564.001", "Hidden Files and Directories"),
          Map.entry("T1565", "Data Manipulation"),
          Map.entry("T1567", "Exfiltration Over Web Service"),
          Map.entry("T1570", "Lateral Tool Transfer"),
          Map.entry("T1571", "Non-Standard Port"),
          Map.entry("T1572", "Protocol Tunneling"),
          Map.entry("T1573", "Encrypted Channel"),
          Map.entry("T1573.002", "Asymmetric Cryptography"),
          Map.entry("T1574", "Hijack Execution Flow"),
          Map.entry("T1574.006", "Dynamic Linker Hijacking"),
          Map.entry("T1580", "Cloud Infrastructure Discovery"),
          Map.entry("T1595", "Active Scanning"),
          Map.entry("T1609", "Container Administration Command"),
          Map.entry("T1610", "Deploy Container"),
          Map.entry("T1611", "Escape to Host"),
          Map.entry("T1612", "Build Image on Host"),
          Map.entry("T1613", "Container and Resource Discovery"),
          Map.entry("T1620", "Reflective Code Loading"));

  private AttackNames() {}

  /** The name of a tactic, technique or sub-technique, or empty if it is not listed here. */
  public static Optional<String> of(String id) {
    return Optional.ofNullable(TECHNIQUES.get(id)).or(() -> Tactic.of(id).map(Tactic::title));
  }
}
