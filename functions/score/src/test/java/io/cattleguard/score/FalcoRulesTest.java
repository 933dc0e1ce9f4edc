package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the scores of Falco's own rules with the default policy, with their priority and tags in
 * Falco's rule set: the first alert of a problem, on a workload without history.
 *
 * @see <a href="https://github.com/falcosecurity/rules">falcosecurity/rules</a>
 */
final class FalcoRulesTest {
  private final Scorer scorer = new Scorer(ScorerTest.POLICY, new InMemoryWorkloadHistories());

  @ParameterizedTest(name = "{0}: {1} ({2})")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          acted on       | Drop and execute new binary in container                 | Critical | mitre_persistence TA0003             | proc.name=x
          acted on       | Fileless execution via memfd_create                      | Critical | mitre_defense_evasion T1620          | proc.name=3
          acted on       | Detect release_agent File Container Escapes              | Critical | mitre_privilege_escalation T1611     | proc.name=sh
          acted on       | Privileged Container Device Access                       | Critical | mitre_privilege_escalation T1611     | proc.name=dd
          acted on       | Detect outbound connections to common miner pool ports   | Critical | mitre_impact T1496                   | proc.name=x fd.rip=203.0.113.9 fd.rport=3333
          acted on       | Detect crypto miners using the Stratum protocol          | Critical | mitre_impact T1496                   | proc.name=xmrig
          acted on       | Known Cryptominer Process Executed                       | Critical | mitre_impact T1496                   | proc.name=xmrig
          acted on       | Web Server Spawned Shell                                 | Critical | mitre_persistence T1505.003          | proc.name=sh
          acted on       | Reverse Shell from Web Server                            | Critical | mitre_execution T1059                | proc.name=bash
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=bash fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=python3 fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=python3.11 fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=perl fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=php8.2 fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=ruby fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=node fd.rip=198.51.100.7 fd.rport=443
          acted on       | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=socat fd.rip=198.51.100.7 fd.rport=443
          acted on       | Debugfs Launched in Privileged Container                 | Warning  | mitre_privilege_escalation T1611     | proc.name=debugfs container.privileged=true

          told to people | Linux Kernel Module Injection Detected                   | Warning  | mitre_persistence TA0003             | proc.name=insmod
          told to people | Java Process Class File Download                         | Critical | mitre_initial_access T1190           | proc.name=java
          told to people | Polkit Local Privilege Escalation Vulnerability          | Critical | mitre_privilege_escalation TA0004    | proc.name=pkexec
          told to people | Sudo Potential Privilege Escalation                      | Critical | mitre_privilege_escalation T1548.003 | proc.name=sudoedit
          told to people | Backdoored library loaded into SSHD (CVE-2024-3094)      | Warning  | mitre_initial_access T1556           | proc.name=sshd
          told to people | Mount Launched in Privileged Container                   | Warning  | mitre_privilege_escalation T1611     | proc.name=mount
          told to people | Netcat Remote Code Execution in Container                | Warning  | mitre_execution T1059                | proc.name=nc
          told to people | System procs network activity                            | Notice   | mitre_execution T1059                | proc.name=bash fd.rip=198.51.100.7 fd.rport=443

          kept           | Read sensitive file untrusted                            | Warning  | mitre_credential_access T1555        | proc.name=cat fd.name=/etc/shadow
          kept           | Search Private Keys or Passwords                         | Warning  | mitre_credential_access T1552.001    | proc.name=grep
          kept           | Find AWS Credentials                                     | Warning  | mitre_credential_access T1552        | proc.name=find
          kept           | Clear Log Activities                                     | Warning  | mitre_defense_evasion T1070          | proc.name=truncate
          kept           | Remove Bulk Data from Disk                               | Warning  | mitre_impact T1485                   | proc.name=shred
          kept           | PTRACE attached to process                               | Warning  | mitre_privilege_escalation T1055.008 | proc.name=gdb
          kept           | Execution from /dev/shm                                  | Warning  | mitre_execution T1059.004            | proc.name=x
          kept           | Write below binary dir                                   | Error    | mitre_persistence T1543              | proc.name=cp
          kept           | Launch Package Management Process in Container           | Error    | mitre_persistence T1505              | proc.name=apk
          kept           | Adding ssh keys to authorized_keys                       | Warning  | mitre_persistence T1098.004          | proc.name=sh

          kept           | Redirect STDOUT/STDIN to Network Connection in Container | Notice   | mitre_execution T1059                | proc.name=inetd fd.rip=198.51.100.7 fd.rport=443
          hardly noticed | Contact K8S API Server From Container                    | Notice   | mitre_discovery T1565                | proc.name=python3 fd.rip=192.0.2.1 fd.rport=443
          hardly noticed | System procs network activity                            | Notice   | mitre_execution T1059                | proc.name=bash fd.rip=127.0.0.1 fd.rport=8080
          hardly noticed | System procs network activity                            | Notice   | mitre_execution T1059                | proc.name=bash fd.rip=::1 fd.rport=8080
          hardly noticed | Terminal shell in container                              | Notice   | mitre_execution T1059                | proc.name=bash proc.tty=34816
          hardly noticed | Run shell untrusted                                      | Notice   | mitre_execution T1059.004            | proc.name=sh
          hardly noticed | Contact K8S API Server From Container                    | Notice   | mitre_discovery T1565                | proc.name=kubectl fd.rip=192.0.2.1 fd.rport=443
          hardly noticed | Packet socket created in container                       | Notice   | mitre_credential_access T1557.002    | proc.name=tcpdump
          hardly noticed | Launch Suspicious Network Tool in Container              | Notice   | mitre_execution T1059                | proc.name=nc
          hardly noticed | Disallowed SSH Connection Non Standard Port              | Notice   | mitre_execution T1059                | proc.name=ssh fd.rip=192.0.2.1 fd.rport=2222
          hardly noticed | Launch Privileged Container                              | Info     | mitre_execution T1610                | proc.name=container:1
          hardly noticed | System user interactive                                  | Info     | mitre_execution T1059                | proc.name=login
          """)
  void eachRuleLandsWhereItBelongs(
      String where, String rule, String priority, String tags, String fields) {
    ScoredAlert scored = scorer.score(TestAlerts.opened(read(rule, priority, tags, fields)));

    int score = scored.score();
    boolean there =
        switch (where) {
          case "acted on" -> score >= 80;
          case "told to people" -> score >= 60 && score < 80;
          case "kept" -> score >= 40 && score < 60;
          case "hardly noticed" -> score < 40;
          default -> throw new IllegalArgumentException(where);
        };
    assertTrue(there, () -> rule + " has " + score + " by " + scored.reasons());
  }

  @Test
  void fourMidAlertsOnOneWorkloadAreActedOnTogether() {
    List<Integer> scores =
        List.of(
                read("Run shell untrusted", "Notice", "mitre_execution T1059.004", "proc.name=sh"),
                read(
                    "Search Private Keys or Passwords",
                    "Warning",
                    "mitre_credential_access T1552",
                    "proc.name=grep"),
                read(
                    "Contact K8S API Server From Container",
                    "Notice",
                    "mitre_discovery T1565",
                    "proc.name=curl"),
                read(
                    "Clear Log Activities",
                    "Warning",
                    "mitre_defense_evasion T1070",
                    "proc.name=sh"))
            .stream()
            .map(alert -> scorer.score(TestAlerts.opened(alert)).score())
            .toList();

    assertTrue(scores.get(0) < 60, scores.toString());
    assertTrue(scores.get(3) >= 80, scores.toString());
  }

  private static Alert read(String rule, String priority, String tags, String fields) {
    String listed =
        Arrays.stream(tags.split(" ", -1))
            .map(tag -> "\"" + tag + "\"")
            .collect(Collectors.joining(","));
    String more =
        Arrays.stream(fields.split(" ", -1))
            .map(field -> field.split("=", 2))
            .map(field -> "\"" + field[0] + "\":" + value(field[1]))
            .collect(Collectors.joining(","));
    String event =
        """
        {"rule":"%s","priority":"%s","source":"syscall","time":"2026-03-02T09:15:00Z","hostname":"node-a",
         "tags":[%s],"output_fields":{"k8s.ns.name":"shop","k8s.pod.name":"web-7c8d9f5b6d-x2x4k",%s}}
        """
            .formatted(rule, priority, listed, more);
    return switch (new AlertReader().read(event, new Origin("blue", TestAlerts.AT))) {
      case Reading.Read reading -> reading.alert();
      case Reading.Ignored ignored -> throw new IllegalArgumentException(ignored.reason());
      case Reading.Unreadable unreadable -> throw new IllegalArgumentException(unreadable.reason());
    };
  }

  private static String value(String text) {
    return text.matches("[0-9]+|true|false") ? text : "\"" + text + "\"";
  }
}
