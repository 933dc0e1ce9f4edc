package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Playbooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steps that a playbook may have, as their actions read them. */
final class StepsTest {
  @TempDir private Path directory;

  private List<Action<?, ?>> steps(String step) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.writeString(
        directory.resolve("playbooks/one.yaml"),
        "name: one\nwhen: { alert: { class: [runtime] } }\nsteps:\n  - " + step + "\n");
    return Playbooks.read(new PolicyFiles(directory)).all().getFirst().steps();
  }

  @Test
  void settingsAreReadAndWhatIsLeftOutIsTheDefault() throws IOException {
    assertEquals(
        List.of(new IsolatePod(Duration.ofHours(1), true)), steps("isolate-pod: { lease: 1h }"));
    assertEquals(List.of(new IsolatePod(Duration.ofHours(4), true)), steps("isolate-pod: {}"));
    assertEquals(
        List.of(new IsolatePod(Duration.ofHours(4), false)),
        steps("isolate-pod: { detach: false }"));
    assertEquals(List.of(new DeletePod(Duration.ofSeconds(3))), steps("delete-pod: { grace: 3s }"));
    assertEquals(List.of(new DeletePod(Duration.ofSeconds(5))), steps("delete-pod: {}"));
    assertEquals(List.of(new DeletePod(Duration.ZERO)), steps("delete-pod: { force: true }"));
    assertEquals(
        List.of(new DeletePod(Duration.ofSeconds(5))), steps("delete-pod: { force: false }"));
    assertEquals(List.of(new CordonNode(Duration.ofHours(4), false, 10)), steps("cordon-node: {}"));
    assertEquals(
        List.of(new CordonNode(Duration.ofHours(1), true, 25)),
        steps("cordon-node: { lease: 1h, taint: true, max-percent: 25 }"));
    assertEquals(
        List.of(new CaptureEvidence(Duration.ofSeconds(3), 64)), steps("capture-evidence: {}"));
    assertEquals(
        List.of(new CaptureEvidence(Duration.ofSeconds(5), 8)),
        steps("capture-evidence: { deadline: 5s, log-kilobytes: 8 }"));
    assertEquals(
        List.of(new PauseWorkload(Duration.ofHours(1), true)),
        steps("pause-workload: { lease: 1h, outage: accepted }"));
    assertEquals(
        List.of(new BlockEgress(Duration.ofHours(4), true)),
        steps("block-egress: { workload-wide: accepted }"));
    assertEquals(
        List.of(new BlockEgress(Duration.ofHours(1), true)),
        steps("block-egress: { lease: 1h, workload-wide: accepted }"));
  }

  @Test
  void theLeaseOfARevocationIsRead() throws IOException {
    assertEquals(
        List.of(new RevokeServiceAccount(Duration.ofHours(4))),
        steps("revoke-service-account: {}"));
    assertEquals(
        List.of(new RevokeServiceAccount(Duration.ofHours(1))),
        steps("revoke-service-account: { lease: 1h }"));
  }

  @Test
  void theStepsOfAnAccountAreTheOtherResponders() throws IOException {
    assertEquals(List.of(), steps("quarantine-instance: { lease: 2h }"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "isolate-pod: { grace: 1s }  | grace",
        "isolate-pod: { detach: 1h } | expected true or false",
        "delete-pod: { lease: 1h }   | lease",
        "delete-pod: { grace: soon } | expected a duration",
        "delete-pod: { grace: 0s }   | expected at least 1s",
        "delete-pod: { grace: 9s, force: true } | remove one of them",
        "capture-evidence: { deadline: 1m } | 1s to 15s",
        "capture-evidence: { lease: 1h } | lease",
        "pause-workload: {} | say 'outage: accepted'",
        "pause-workload: { outage: yes } | accepted",
        "block-egress: { peer: 203.0.113.7 } | peer",
        "block-egress: { lease: 1h } | say 'workload-wide: accepted'",
        "block-egress: { workload-wide: yes } | accepted",
        "cordon-node: { max-percent: 0 } | 1 to 50",
        "cordon-node: { taint: 1h } | expected true or false",
        "isolate-pods: {}            | did you mean 'isolate-pod'",
        "quarantine-instanc: {}      | did you mean 'quarantine-instance'",
      })
  void aMistakeIsAnErrorWithItsLine(String step, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> steps(step));

    assertEquals(4, e.errors().getFirst().line(), e::toString);
    assertTrue(e.errors().getFirst().message().contains(message), e::toString);
  }
}
