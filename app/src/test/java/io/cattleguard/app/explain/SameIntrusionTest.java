package io.cattleguard.app.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.explain.Explanation.RuleResult;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The shipped policy treats an intrusion in the same way whichever source reports it: the same
 * playbook matches, and people are notified.
 */
final class SameIntrusionTest {
  private static final String NONE = "";

  private final Policy policy = Policy.read(ContractFiles.root().resolve("policy"));
  private final Explainer explainer = new Explainer(policy);

  /** One behaviour as one source reports it. */
  private record Seen(String behaviour, String source, String playbook, String event) {}

  private static Stream<Seen> seen() {
    return Stream.of(
            reverseShell(), miner(), droppedExecutable(), escape(), tokenTheft(), tampering())
        .flatMap(List::stream);
  }

  private static List<Seen> reverseShell() {
    String playbook = "reverse-shell";
    String behaviour = "reverse shell";
    return List.of(
        new Seen(
            behaviour,
            "falco",
            playbook,
            falco(
                "Redirect STDOUT/STDIN to Network Connection in Container",
                "Notice",
                "\"T1059\"",
                "\"proc.name\":\"bash\",\"fd.rip\":\"198.51.100.7\",\"fd.rport\":8443")),
        new Seen(
            behaviour,
            "tetragon",
            playbook,
            tetragon(
                "tcp_connect",
                "/bin/bash",
                "{\"sock_arg\":{\"daddr\":\"198.51.100.7\",\"dport\":8443}}")),
        // GuardDuty names no peer.
        new Seen(behaviour, "guardduty", NONE, guardDuty("Execution:Runtime/ReverseShell")),
        new Seen(
            behaviour,
            "kubearmor",
            playbook,
            kubeArmor(
                "5",
                "Audit",
                "/bin/bash",
                "Network",
                "remoteip=198.51.100.7 port=8443 protocol=TCP",
                "kprobe=tcp_connect domain=AF_INET")),
        new Seen(
            behaviour,
            "tracee",
            playbook,
            tracee(
                "stdio_over_socket",
                3,
                "python3.11",
                "{\"name\":\"IP"
                    + " address\",\"value\":\"198.51.100.7\"},{\"name\":\"Port\",\"value\":8443}")),
        new Seen(
            behaviour,
            "kubescape",
            playbook,
            kubescape(
                "R0011", 5, "bash", "\"network\":{\"dstIP\":\"198.51.100.7\",\"dstPort\":8443}")),
        new Seen(
            behaviour,
            "securityhub",
            playbook,
            asff(
                "Execution/Execution:Runtime-ReverseShell",
                "bash",
                "\"Network\":{\"Direction\":\"OUT\",\"DestinationIpV4\":\"198.51.100.7\",\"DestinationPort\":8443}")),
        new Seen(
            behaviour,
            "ocsf",
            playbook,
            ocsf(
                "Execution:Runtime/ReverseShell",
                "bash",
                "\"dst_endpoint\":{\"ip\":\"198.51.100.7\",\"port\":8443},"
                    + "\"connection_info\":{\"direction\":\"Outbound\"}")));
  }

  private static List<Seen> miner() {
    String behaviour = "miner";
    String playbook = "cryptominer";
    return List.of(
        new Seen(
            behaviour,
            "falco",
            playbook,
            falco(
                "Drop and execute new binary in container",
                "Critical",
                "\"TA0003\"",
                "\"proc.name\":\"xmrig\",\"proc.exepath\":\"/tmp/xmrig\"")),
        new Seen(
            behaviour,
            "tetragon",
            NONE,
            tetragon(
                "tcp_connect",
                "/tmp/xmrig",
                "{\"sock_arg\":{\"daddr\":\"198.51.100.7\",\"dport\":443}}")),
        new Seen(behaviour, "guardduty", playbook, guardDuty("Impact:Runtime/CryptoMinerExecuted")),
        new Seen(
            behaviour,
            "kubearmor",
            playbook,
            kubeArmor("9", "Audit", "/tmp/xmrig", "Process", "/tmp/xmrig -o x:3333", "")),
        new Seen(behaviour, "kubescape", playbook, kubescape("R1007", 10, "xmrig", "")),
        new Seen(
            behaviour,
            "securityhub",
            playbook,
            asff("Impact/Impact:Runtime-CryptoMinerExecuted", "xmrig", "\"x\":1")),
        new Seen(
            behaviour,
            "ocsf",
            playbook,
            ocsf("Impact:Runtime/CryptoMinerExecuted", "xmrig", "\"x\":1")));
  }

  private static List<Seen> droppedExecutable() {
    String behaviour = "dropped executable";
    String playbook = "dropped-executable";
    return List.of(
        new Seen(
            behaviour,
            "falco",
            playbook,
            falco(
                "Drop and execute new binary in container",
                "Critical",
                "\"TA0003\"",
                "\"proc.name\":\"x\",\"proc.exepath\":\"/tmp/x\"")),
        new Seen(
            behaviour, "guardduty", playbook, guardDuty("Execution:Runtime/NewBinaryExecuted")),
        new Seen(
            behaviour,
            "tetragon",
            playbook,
            tetragon("security_bprm_check", "/memfd:x", "")
                .replace(
                    "\"binary\"",
                    "\"binary_properties\":{\"file\":{\"path\":\"memfd:x\"}},\"binary\"")),
        new Seen(
            behaviour,
            "kubearmor",
            playbook,
            kubeArmor("5", "Audit", "/proc/self/fd/3", "Process", "memfd:", "")),
        new Seen(behaviour, "tracee", playbook, tracee("fileless_execution", 3, "x", "")),
        new Seen(behaviour, "kubescape", playbook, kubescape("R1001", 8, "x", "")),
        new Seen(
            behaviour,
            "securityhub",
            playbook,
            asff("Execution/Execution:Runtime-NewBinaryExecuted", "x", "\"x\":1")),
        new Seen(
            behaviour,
            "ocsf",
            playbook,
            ocsf("Execution:Runtime/NewBinaryExecuted", "x", "\"x\":1")));
  }

  private static List<Seen> escape() {
    String behaviour = "escape";
    String playbook = "container-escape";
    return List.of(
        new Seen(
            behaviour,
            "falco",
            playbook,
            falco(
                "Detect release_agent File Container Escapes",
                "Critical",
                "\"T1611\"",
                "\"proc.name\":\"bash\"")),
        new Seen(
            behaviour,
            "guardduty",
            playbook,
            guardDuty("PrivilegeEscalation:Runtime/RuncContainerEscape")),
        new Seen(
            behaviour,
            "tetragon",
            playbook,
            tetragon(
                "security_file_permission",
                "/bin/bash",
                "{\"file_arg\":{\"path\":\"/tmp/cgrp/release_agent\"}},{\"int_arg\":2}")),
        new Seen(
            behaviour,
            "kubearmor",
            playbook,
            kubeArmor(
                "8",
                "Audit",
                "/bin/bash",
                "File",
                "/tmp/cgrp/release_agent",
                "syscall=SYS_OPENAT flags=O_WRONLY")),
        new Seen(behaviour, "tracee", playbook, tracee("cgroup_release_agent", 3, "bash", "")),
        new Seen(
            behaviour,
            "securityhub",
            playbook,
            asff(
                "Privilege Escalation/PrivilegeEscalation:Runtime-RuncContainerEscape",
                "bash",
                "\"x\":1")),
        new Seen(
            behaviour,
            "ocsf",
            playbook,
            ocsf("PrivilegeEscalation:Runtime/RuncContainerEscape", "bash", "\"x\":1")));
  }

  private static List<Seen> tokenTheft() {
    String behaviour = "token theft";
    String playbook = "credential-theft";
    String token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    return List.of(
        new Seen(
            behaviour,
            "falco",
            playbook,
            falco(
                "Read sensitive file untrusted",
                "Warning",
                "\"T1552.001\"",
                "\"proc.name\":\"cat\",\"fd.name\":\"" + token + "\"")),
        new Seen(
            behaviour,
            "tetragon",
            playbook,
            tetragon(
                "security_file_permission",
                "/bin/cat",
                "{\"file_arg\":{\"path\":\"" + token + "\"}},{\"int_arg\":4}")),
        new Seen(
            behaviour,
            "guardduty",
            playbook,
            guardDuty("CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed")),
        new Seen(
            behaviour,
            "kubearmor",
            playbook,
            kubeArmor(
                "5", "Audit", "/bin/cat", "File", token, "syscall=SYS_OPENAT flags=O_RDONLY")),
        new Seen(behaviour, "tracee", playbook, tracee("k8s_cert_theft", 3, "cat", "")),
        new Seen(
            behaviour,
            "kubescape",
            playbook,
            kubescape(
                "R0006",
                5,
                "cat",
                "\"file\":{\"name\":\"token\",\"directory\":\"/var/run/secrets/kubernetes.io/serviceaccount\"}")),
        new Seen(
            behaviour,
            "securityhub",
            playbook,
            asff(
                "Credential Access/CredentialAccess:Kubernetes-AnomalousBehavior.SecretsAccessed",
                "kubectl",
                "\"x\":1")),
        new Seen(
            behaviour,
            "ocsf",
            playbook,
            ocsf(
                "CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed",
                "kubectl",
                "\"x\":1")));
  }

  private static List<Seen> tampering() {
    String behaviour = "tampering";
    return List.of(
        new Seen(
            behaviour,
            "falco",
            NONE,
            falco(
                "Linux Kernel Module Injection Detected",
                "Warning",
                "\"T1547.006\"",
                "\"proc.name\":\"insmod\"")),
        new Seen(behaviour, "tetragon", NONE, tetragon("do_init_module", "/sbin/insmod", "")),
        new Seen(
            behaviour, "guardduty", NONE, guardDuty("DefenseEvasion:Runtime/KernelModuleLoaded")),
        new Seen(
            behaviour,
            "kubearmor",
            NONE,
            kubeArmor("5", "Audit", "/sbin/insmod", "Syscall", "", "syscall=SYS_FINIT_MODULE")),
        new Seen(behaviour, "tracee", NONE, tracee("kernel_module_loading", 2, "insmod", "")),
        new Seen(behaviour, "kubescape", NONE, kubescape("R1002", 10, "insmod", "")),
        new Seen(
            behaviour,
            "securityhub",
            NONE,
            asff("Defense Evasion/DefenseEvasion:Runtime-KernelModuleLoaded", "insmod", "\"x\":1")),
        new Seen(
            behaviour,
            "ocsf",
            NONE,
            ocsf("DefenseEvasion:Runtime/KernelModuleLoaded", "insmod", "\"x\":1")));
  }

  private static String falco(String rule, String priority, String tags, String fields) {
    return """
    {"rule":"%s","priority":"%s","source":"syscall","time":"2026-03-02T09:15:00Z",\
    "hostname":"node-a","tags":[%s],"output_fields":{"k8s.ns.name":"shop",\
    "k8s.pod.name":"web-1",%s}}\
    """
        .formatted(rule, priority, tags, fields);
  }

  private static String tetragon(String function, String binary, String arguments) {
    return """
    {"process_kprobe":{"process":{"binary":"%s","arguments":"","uid":0,"pod":{\
    "namespace":"shop","name":"web-1","container":{"id":"containerd://3f1c","name":"web"}}},\
    "function_name":"%s","policy_name":"watch","args":[%s]},\
    "node_name":"node-a","time":"2026-03-02T09:15:00Z"}\
    """
        .formatted(binary, function, arguments);
  }

  private static String guardDuty(String type) {
    return """
    {"detail-type":"GuardDuty Finding","source":"aws.guardduty","time":"2026-03-02T09:15:00Z",\
    "detail":{"id":"0ec5","accountId":"111122223333","region":"eu-central-1","type":"%s",\
    "severity":8,"updatedAt":"2026-03-02T09:15:00Z","resource":{"resourceType":"EKSCluster",\
    "kubernetesDetails":{"kubernetesWorkloadDetails":{"name":"web-1","type":"pods",\
    "namespace":"shop"}}},"service":{"serviceName":"guardduty",\
    "eventLastSeen":"2026-03-02T09:14:00Z"}}}\
    """
        .formatted(type);
  }

  /** A GuardDuty finding as Security Hub forwards it. */
  private static String asff(String type, String process, String more) {
    return """
    {"detail-type":"Security Hub Findings - Imported","source":"aws.securityhub",\
    "detail":{"findings":[{"SchemaVersion":"2018-10-08","Id":"f","GeneratorId":"g",\
    "ProductArn":"p","AwsAccountId":"111122223333","UpdatedAt":"2026-03-02T09:15:00Z",\
    "Severity":{"Label":"HIGH"},"Title":"t","Types":["TTPs/%s"],\
    "Resources":[{"Type":"Container","Id":"containerd://3f1c"}],\
    "Process":{"Name":"%s"},%s}]}}\
    """
        .formatted(type, process, more);
  }

  private static String ocsf(String type, String process, String evidence) {
    return """
    {"class_uid":2004,"severity_id":4,"time":1772442900000,"finding_info":{"uid":"f",\
    "title":"t","types":["%s"]},"evidences":[{"process":{"name":"%s",\
    "container":{"uid":"3f1c","name":"web"}},%s}]}\
    """
        .formatted(type, process, evidence);
  }

  private static String kubeArmor(
      String severity,
      String action,
      String process,
      String operation,
      String resource,
      String data) {
    return """
    {"Timestamp":1772442900,"ClusterName":"default","HostName":"node-a",\
    "NamespaceName":"shop","PodName":"web-1","ContainerID":"3f1c","PolicyName":"house",\
    "Severity":"%s","Type":"MatchedPolicy","ProcessName":"%s","Source":"%s",\
    "Operation":"%s","Resource":"%s","Data":"%s","Action":"%s","Result":"Passed"}\
    """
        .formatted(severity, process, process, operation, resource, data, action);
  }

  private static String tracee(String event, int severity, String process, String arguments) {
    return """
    {"timestamp":1772442900000000000,"processName":"%s","hostName":"web-1",\
    "container":{"id":"3f1c"},"kubernetes":{"podName":"web-1","podNamespace":"shop"},\
    "eventId":"6001","eventName":"%s","args":[%s],\
    "metadata":{"Properties":{"Severity":%d,"signatureID":"TRC-1"}}}\
    """
        .formatted(process, event, arguments, severity);
  }

  private static String kubescape(String rule, int severity, String process, String identifiers) {
    return """
    {"kind":"RuntimeAlerts","apiVersion":"kubescape.io/v1","spec":{"alerts":[{\
    "alertName":"%s","ruleID":"%s","severity":%d,"timestamp":"2026-03-02T09:15:00Z",\
    "identifiers":{%s},"podName":"web-1","podNamespace":"shop","containerID":"3f1c"}],\
    "processTree":{"processTree":{"pid":1,"comm":"%s"}}}}\
    """
        .formatted(rule, rule, severity, identifiers, process);
  }

  @TestFactory
  Stream<DynamicTest> everySourceThatSeesABehaviourIsAnsweredAlike() {
    return seen()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.behaviour() + " by " + one.source(), () -> assertAnswered(one)));
  }

  private void assertAnswered(Seen seen) {
    Reading reading = new AlertReader().read(seen.event(), new Origin(null, Instant.EPOCH));
    Alert alert = assertInstanceOf(Reading.Read.class, reading, reading.toString()).alert();
    assertEquals(seen.source(), alert.source());
    Explanation explanation = explainer.explain(alert);
    String playbooks =
        String.join(
            " ",
            explanation.playbooks().stream()
                .filter(RuleResult::matches)
                .map(RuleResult::name)
                .filter(name -> name.equals(seen.playbook()) || seen.playbook().isEmpty())
                .toList());
    assertEquals(seen.playbook(), playbooks, () -> explanation.scored().toString());
    assertFalse(
        explanation.routes().stream()
            .filter(RuleResult::matches)
            .flatMap(route -> Stream.of(route.detail().split(", ")))
            .filter(policy::isReadByPeople)
            .toList()
            .isEmpty(),
        () -> "nobody is told: " + explanation.scored().reasons());
  }

  @Test
  void whatTheSourceBlockedIsNamedAndNotContainedAgain() {
    String passed = kubeArmor("8", "Audit", "/proc/self/fd/3", "Process", "memfd:", "");
    String blocked =
        passed.replace("Audit", "Block").replace("\"Passed\"", "\"Permission denied\"");
    Explanation of = explainer.explain(alert(blocked));
    RuleResult playbook =
        of.playbooks().stream()
            .filter(one -> one.name().equals("dropped-executable"))
            .findFirst()
            .orElseThrow();

    assertTrue(playbook.matches());
    assertTrue(
        playbook.objections().toString().contains("kubearmor blocked it, so no action"),
        () -> playbook.objections().toString());
    assertEquals(
        "kubearmor blocked it already: playbooks take no action",
        of.scored().reasons().stream()
            .filter(reason -> reason.value() == 0)
            .map(reason -> reason.reason())
            .findFirst()
            .orElseThrow());
    // A successful action is not merged into earlier attempts that were blocked.
    assertNotEquals(of.fingerprint(), explainer.explain(alert(passed)).fingerprint());
    assertTrue(
        SlackMessage.alert(of.scored()).summary().startsWith("Blocked · High"),
        () -> SlackMessage.alert(of.scored()).summary());
  }

  private static Alert alert(String event) {
    Reading reading = new AlertReader().read(event, new Origin(null, Instant.EPOCH));
    return assertInstanceOf(Reading.Read.class, reading, reading.toString()).alert();
  }
}
