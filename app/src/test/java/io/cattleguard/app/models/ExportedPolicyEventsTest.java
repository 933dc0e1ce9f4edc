package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.Alert;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Observations;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An action that an exported policy blocked becomes an alert, which causes no response. */
final class ExportedPolicyEventsTest {
  private static final Origin ORIGIN = new Origin("prod", Instant.parse("2026-03-03T09:00:00Z"));

  private static String tetragon(String action) {
    return """
    {"process_kprobe":{"process":{"binary":"/usr/sbin/nginx","pod":{"namespace":"shop",\
    "name":"web-a","workload":"web","workload_kind":"Deployment","container":{"id":"containerd://a",\
    "name":"nginx","image":{"id":"nginx@sha256:aa","name":"nginx:1"}}}},\
    "parent":{"binary":"/usr/sbin/nginx"},"function_name":"security_bprm_check",\
    "args":[{"linux_binprm_arg":{"path":"/usr/bin/dash","permission":"-rwxr-xr-x"}}],\
    "action":"KPROBE_ACTION_%s","policy_name":"model-deployment-web-nginx-0a1b2c3d",\
    "message":"Program not in the model of the workload"},"node_name":"n1",\
    "time":"2026-03-03T09:00:00Z"}\
    """
        .formatted(action);
  }

  private static String kubeArmor(String policy, String action, String result) {
    return """
    {"ClusterName":"default","HostName":"n1","NamespaceName":"shop","PodName":"web-a",\
    "Owner":{"Ref":"Deployment","Name":"web","Namespace":"shop"},"ContainerID":"a",\
    "ContainerName":"nginx","ContainerImage":"nginx:1","PolicyName":"%s","Type":"MatchedPolicy",\
    "Source":"/usr/sbin/nginx","ParentProcessName":"/usr/sbin/nginx","ProcessName":"/usr/bin/dash",\
    "Operation":"Process","Resource":"/usr/bin/dash","Data":"syscall=SYS_EXECVE",\
    "Action":"%s","Result":"%s","UpdatedTime":"2026-03-03T09:00:00.000000Z"}\
    """
        .formatted(policy, action, result);
  }

  private static void assertOutcome(String event, boolean blocked) {
    Reading reading = new AlertReader().ofRecordings().readAll(event, ORIGIN).getFirst().reading();
    Alert alert = ((Reading.Read) reading).alert();
    assertEquals(blocked, alert.has(Trait.BLOCKED), event);
    assertEquals("Deployment/web", alert.target().workload());
    List<Entry> learned =
        new Observations().of(event, ORIGIN).stream().map(Observation::entry).toList();
    assertEquals(
        !blocked,
        learned.stream()
            .anyMatch(entry -> entry instanceof Executable it && it.path().equals("/usr/bin/dash")),
        "what was stopped is not learned, what was reported is: " + learned);
    Shell.Result explained = new Shell().piping(event).run("explain", "-");
    assertEquals(
        blocked,
        explained.out().contains("blocked by " + alert.source()),
        explained.out() + explained.err());
    assertEquals(
        blocked,
        explained.out().replaceAll("\\s+", " ").contains("playbooks take no action"),
        explained.out());
  }

  @ParameterizedTest
  @CsvSource({"SIGKILL, true", "POST, false"})
  void tetragonStopsAProgram(String action, boolean blocked) {
    assertOutcome(tetragon(action), blocked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tcp_connect | {\"sock_arg\":{\"sport\":4,\"daddr\":\"203.0.113.7\",\"dport\":4444}}",
        "security_file_permission | {\"file_arg\":{\"path\":\"/etc/cron.d/x\"}},{\"int_arg\":2}"
      })
  void tetragonStopsAConnectionAndAWrittenFile(String function, String arguments) {
    String event =
        tetragon("SIGKILL")
            .replace("security_bprm_check", function)
            .replaceFirst("\"args\":\\[.*?\\],", "\"args\":[" + arguments + "],");
    assertTrue(event.contains(arguments), event);
    Reading reading = new AlertReader().ofRecordings().readAll(event, ORIGIN).getFirst().reading();
    assertTrue(((Reading.Read) reading).alert().has(Trait.BLOCKED), event);
    assertEquals(List.of(), new Observations().of(event, ORIGIN));
  }

  /** Versions of KubeArmor name either the posture, or the policy that allows other programs. */
  @ParameterizedTest
  @CsvSource({
    "DefaultPosture,      Block, Permission denied, true",
    "DefaultPosture,      Audit, Passed,            false",
    "model-deployment-web, Allow, Permission denied, true",
    "model-deployment-web, Block, Passed,            false"
  })
  void kubeArmorStopsAProgram(String policy, String action, String result, boolean blocked) {
    assertOutcome(kubeArmor(policy, action, result), blocked);
  }

  @Test
  void aBlockedAlertSaysThatItIsBlockedInItsScore() {
    Shell.Result explained = new Shell().piping(tetragon("SIGKILL")).run("explain", "-");
    assertTrue(explained.out().contains("tetragon blocked it already"), explained.out());
  }
}
